"""Credentials: what `auth=` accepts, and how requests are signed with it."""

from __future__ import annotations

import base64
import math
import sys
import threading
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Union, cast

from arp_sdk.core._http.clock import monotonic
from arp_sdk.core._http.headers import check_header, check_headers
from arp_sdk.core._http.redaction import REDACTED, Secret
from arp_sdk.core._late import late
from arp_sdk.errors import ArpConfigError, ArpValidationError

from ._fork import register

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests.auth import AuthBase

__getattr__ = late(PreparedRequest="requests", AuthBase="requests.auth")

# A token is renewed when so much of its time is left, since it must last for the request.

_LEEWAY = 0.1
_LEEWAY_LIMIT = 60.0


class ApiKey:
    """Credentials that are an API key in a header.

    Args:
        key: The key.
        header: Name of the header.

    Raises:
        ArpConfigError: If the header cannot be sent.
    """

    def __init__(self, key: str, header: str = "X-API-Key") -> None:
        self.header = header
        secret = _secret(key, header)
        if isinstance(secret, ArpConfigError):
            key = ""  # the traceback shows the locals
            raise secret
        self.secret = secret

    def __repr__(self) -> str:
        return f"ApiKey(header={self.header!r})"


class Token:
    """A bearer token that expires, for a token provider to return.

    A client asks its provider for another one when a tenth of the time is left, or a minute if
    that is less.

    Args:
        value: The token.
        expires_in: Seconds from now until it expires; None if it does not.

    Raises:
        ArpConfigError: If the token cannot be sent, or `expires_in` is not a number.
    """

    __slots__ = ("expires_in", "secret")

    def __init__(self, value: str, expires_in: float | None = None) -> None:
        self.expires_in: float | None = None
        made = _secret(value, "Authorization")
        if not isinstance(made, ArpConfigError) and not _is_time(expires_in):
            made = ArpConfigError("expires_in must be a number of seconds, or None")
        if isinstance(made, ArpConfigError):
            value = ""  # the traceback shows the locals
            raise made
        self.secret = made
        self.expires_in = expires_in

    def __repr__(self) -> str:
        return f"Token({REDACTED}, expires_in={self.expires_in!r})"


TokenProvider = Callable[[], str | Token] | Callable[[str | None], str | Token]
"""A function that returns a bearer token: at first use, before the token expires, and after a 401.

A function with one parameter gets the token that the service rejected, or None.
"""

Auth = Union[str, TokenProvider, ApiKey, "AuthBase", "tuple[str, str]"]
"""A bearer token, a function that returns one, an API key, (user, password), or anything that
`requests` accepts."""


class Credentials:
    """The credentials of a client. This class stands for none."""

    description = "the credentials"
    header = ""

    def ticket(self) -> Credentials:
        """Return the credentials for one attempt, to hand back if the service rejects them."""
        return self

    def sign(self, headers: MutableMapping[str, str]) -> bool:  # noqa: ARG002
        """Add the credentials to headers; return False if only `apply` can do it."""
        return True

    def apply(self, prepared: PreparedRequest) -> PreparedRequest:
        """Add the credentials to a request of `requests`."""
        self.sign(cast(Any, prepared.headers))
        return prepared

    def renew(self, rejected: Credentials) -> bool:  # noqa: ARG002
        """Replace a ticket after a 401; return False if there is no other."""
        return False

    def state(self) -> tuple[Any, ...]:
        """Return the content of a pickle that may hold secrets."""
        return ("none",)


class _Header(Credentials):
    """A header that never changes, such as a bearer token or an API key."""

    def __init__(self, name: str, prefix: str, secret: Secret) -> None:
        self.header = name
        self._prefix = prefix
        self._secret = secret

    def sign(self, headers: MutableMapping[str, str]) -> bool:
        headers[self.header] = self._prefix + self._secret.reveal()
        return True

    def state(self) -> tuple[Any, ...]:
        return "header", self.header, self._prefix, self._secret.reveal()


class _Bearer(_Header):
    """A bearer token that a provider returned."""

    def __init__(self, secret: Secret, renew_at: float) -> None:
        super().__init__("Authorization", "Bearer ", secret)
        self.renew_at = renew_at

    def token(self) -> str:
        """Return the token."""
        return self._secret.reveal()


class Provider(Credentials):
    """A bearer token that a function returns.

    Of all calls that need another token at the same time, one asks for it.
    """

    header = "Authorization"

    def __init__(
        self, provider: Callable[..., Any], clock: Callable[[], float] = monotonic
    ) -> None:
        self._provider = provider
        self._takes_rejected = _takes_rejected(provider)
        self._clock = clock
        self._ticket: _Bearer | None = None
        self._lock = threading.Lock()
        register(self)

    def forget_after_fork(self) -> None:
        """Replace the lock, which a thread of the parent may hold."""
        self._lock = threading.Lock()

    def ticket(self) -> Credentials:
        """Return the token for one attempt, a new one if the last one is about to expire."""
        ticket = self._ticket
        if ticket is not None and not self._expires(ticket):
            return ticket
        return self._replace(ticket, is_rejected=False)

    def renew(self, rejected: Credentials) -> bool:
        """Replace a token that the service rejected."""
        self._replace(rejected, is_rejected=True)
        return True

    def _replace(self, old: Credentials | None, is_rejected: bool) -> Credentials:
        with self._lock:
            return self._replaced(old) or self._keep(self._ask(old, is_rejected))

    def _ask(self, old: Credentials | None, is_rejected: bool) -> Any:
        if not self._takes_rejected:
            return self._provider()
        # Not in a variable: if the function raises, the traceback shows the locals.
        return self._provider(
            old.token() if is_rejected and isinstance(old, _Bearer) else None,
        )

    def _expires(self, ticket: _Bearer) -> bool:
        return ticket.renew_at < math.inf and self._clock() >= ticket.renew_at

    def _replaced(self, old: Credentials | None) -> Credentials | None:
        """Return the token in place of an old one, if another call has already got it."""
        return None if self._ticket is old else self._ticket

    def _keep(self, returned: Any) -> Credentials:
        """Keep the token that the function returned."""
        expires_in = returned.expires_in if isinstance(returned, Token) else None
        secret = (
            returned.secret if isinstance(returned, Token) else _secret(returned, "Authorization")
        )
        if isinstance(secret, ArpConfigError):
            returned = None  # the traceback shows the locals
            raise secret
        renew_at = math.inf
        if expires_in is not None:
            renew_at = self._clock() + expires_in - min(expires_in * _LEEWAY, _LEEWAY_LIMIT)
        self._ticket = _Bearer(secret, renew_at)
        return self._ticket

    def state(self) -> tuple[Any, ...]:
        return "provider", self._provider


class _RequestsAuth(Credentials):
    """An auth object that was written for `requests`."""

    header = "Authorization"

    def __init__(self, auth: AuthBase) -> None:
        self._auth = auth
        self.description = f"the auth object {type(auth).__name__}"

    def sign(self, headers: MutableMapping[str, str]) -> bool:  # noqa: ARG002
        return False

    def apply(self, prepared: PreparedRequest) -> PreparedRequest:
        applied: PreparedRequest = self._auth(prepared)
        check_headers(applied.headers)
        return applied

    def state(self) -> tuple[Any, ...]:
        from requests.auth import HTTPDigestAuth

        if isinstance(self._auth, HTTPDigestAuth):
            # It keeps the state of each thread, which cannot be pickled.
            return "digest", type(self._auth), self._auth.username, self._auth.password
        return "requests", self._auth


def credentials(auth: Any, provider: type[Provider]) -> Credentials:
    """Return the credentials for the `auth=` of a constructor."""
    if auth is None:
        return Credentials()
    if isinstance(auth, str):
        secret = _secret(auth, "Authorization")
        if isinstance(secret, ArpConfigError):
            auth = None  # the traceback shows the locals
            raise secret
        return _Header("Authorization", "Bearer ", secret)
    if isinstance(auth, ApiKey):
        return _Header(auth.header, "", auth.secret)
    if isinstance(auth, tuple):
        pair = _basic(auth)
        if isinstance(pair, ArpConfigError):
            auth = None  # the traceback shows the locals
            raise pair
        return _Header("Authorization", "Basic ", pair)
    if _is_of_requests(auth):
        return _RequestsAuth(auth)
    if callable(auth):
        return provider(auth)
    kind = type(auth).__name__
    if isinstance(auth, Token):
        raise ArpConfigError("a Token expires: pass a function that returns one")
    auth = None  # the traceback shows the locals
    raise ArpConfigError(
        "auth must be a token, a function that returns one, an ApiKey, a (user, password) "
        f"tuple or a requests auth object, not {kind}"
    )


def credentials_from_state(state: tuple[Any, ...], provider: type[Provider]) -> Credentials:
    """Return the credentials that a pickle holds (see `Credentials.state`)."""
    kind, *rest = state
    if kind == "header":
        name, prefix, value = rest
        return _Header(name, prefix, Secret(value))
    if kind == "provider":
        return provider(rest[0])
    if kind == "digest":
        make, user, password = rest
        return _RequestsAuth(make(user, password))
    if kind == "requests":
        return _RequestsAuth(rest[0])
    return Credentials()


def _is_of_requests(auth: object) -> bool:
    if "requests" not in sys.modules:  # then nobody has made one
        return False
    from requests.auth import AuthBase

    return isinstance(auth, AuthBase)


def _takes_rejected(provider: Callable[..., Any]) -> bool:
    """Return whether a function takes the rejected token: its only parameter, if it has one.

    A default other than None says that the parameter is for something else.
    """
    import inspect

    try:
        parameters = list(inspect.signature(provider).parameters.values())
    except (TypeError, ValueError):
        return False
    given = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    only = len(given) == 1 and not any(p.kind is p.VAR_POSITIONAL for p in parameters)
    return only and given[0].default in (inspect.Parameter.empty, None)


def _is_time(expires_in: Any) -> bool:
    if expires_in is None:
        return True
    return (
        isinstance(expires_in, (int, float))
        and not isinstance(expires_in, bool)
        and math.isfinite(expires_in)
    )


# The functions below return an error instead of raising it: their locals are secrets, which a
# traceback would show.


def _basic(pair: tuple[Any, ...]) -> Secret | ArpConfigError:
    if len(pair) != 2 or not all(isinstance(part, str) for part in pair):
        return ArpConfigError("auth as a tuple must be (user, password)")
    try:
        encoded = base64.b64encode(":".join(pair).encode())
    except UnicodeEncodeError:
        return ArpConfigError("the user or the password cannot be encoded as UTF-8")
    return Secret(encoded.decode())


def _secret(token: Any, header: str) -> Secret | ArpConfigError:
    try:
        if token:
            return Secret(check_header(header, token))
    except ArpValidationError as error:
        return ArpConfigError(error.message)
    return ArpConfigError("a token must not be empty")
