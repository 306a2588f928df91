from __future__ import annotations

import base64
import sys
import threading
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Union, cast

from arp_sdk.core._http.headers import check_header, check_headers
from arp_sdk.core._http.redaction import Secret
from arp_sdk.errors import ArpConfigError, ArpValidationError

from ._fork import register

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests.auth import AuthBase


class ApiKey:
    """Credentials that are an API key in a header.

    Args:
        key: The key.
        header: Name of the header.
    """

    def __init__(self, key: str, header: str = "X-API-Key") -> None:
        self.header = header
        secret = _secret(key, header)
        if isinstance(secret, ArpConfigError):
            key = ""  # the traceback of what follows shows the locals
            raise secret
        self.secret = secret

    def __repr__(self) -> str:
        return f"ApiKey(header={self.header!r})"


TokenProvider = Callable[[], str]
"""Returns a bearer token: at first use, and again after a 401."""

Auth = Union[str, TokenProvider, ApiKey, "AuthBase", "tuple[str, str]"]
"""A bearer token, a callable that returns one, an API key, or anything that `requests` takes."""


class Credentials:
    """What a client authenticates with. This one adds nothing.

    Attributes:
        described: What it is, for a message.
    """

    described = "the credentials"

    def ticket(self) -> Credentials:
        """What to authenticate one attempt with, and to hand back if it is refused."""
        return self

    def sign(self, headers: MutableMapping[str, str]) -> bool:  # noqa: ARG002
        """Add the credentials to headers; False where they want a request of `requests`."""
        return True

    def apply(self, prepared: PreparedRequest) -> PreparedRequest:
        """Add the credentials to a request of `requests`."""
        self.sign(cast(Any, prepared.headers))
        return prepared

    def renew(self, refused: Credentials) -> bool:  # noqa: ARG002
        """Get new ones after a 401; whether there are any."""
        return False

    def state(self) -> tuple[Any, ...]:
        """What a pickle holds that was asked to hold secrets."""
        return ("none",)


class _Header(Credentials):
    """A bearer token or an API key: a header that never changes."""

    def __init__(self, name: str, prefix: str, secret: Secret) -> None:
        self._name = name
        self._prefix = prefix
        self._secret = secret

    def sign(self, headers: MutableMapping[str, str]) -> bool:
        headers[self._name] = self._prefix + self._secret.reveal()
        return True

    def state(self) -> tuple[Any, ...]:
        return "header", self._name, self._prefix, self._secret.reveal()


class Provider(Credentials):
    """A bearer token that a callable returns, asked again when a service refuses it."""

    def __init__(self, provider: Callable[[], Any]) -> None:
        self._provider = provider
        self._ticket: Credentials | None = None
        self._lock = threading.Lock()
        register(self)

    def forget_after_fork(self) -> None:
        self._lock = threading.Lock()

    def ticket(self) -> Credentials:
        return self._ticket or self._fetch(None)

    def renew(self, refused: Credentials) -> bool:
        self._fetch(refused)
        return True

    def _fetch(self, refused: Credentials | None) -> Credentials:
        with self._lock:
            return self._valid(refused) or self._keep(as_token(self._provider()))

    def _valid(self, refused: Credentials | None) -> Credentials | None:
        """The ticket: of those that were refused together, the first one renews it for all."""
        return None if self._ticket is refused else self._ticket

    def _keep(self, token: Secret) -> Credentials:
        self._ticket = _Header("Authorization", "Bearer ", token)
        return self._ticket

    def state(self) -> tuple[Any, ...]:
        return "provider", self._provider


class _RequestsAuth(Credentials):
    """Any authentication that was written for `requests`."""

    def __init__(self, auth: AuthBase) -> None:
        self._auth = auth
        self.described = f"the auth object {type(auth).__name__}"

    def sign(self, headers: MutableMapping[str, str]) -> bool:  # noqa: ARG002
        return False

    def apply(self, prepared: PreparedRequest) -> PreparedRequest:
        applied: PreparedRequest = self._auth(prepared)
        check_headers(applied.headers)
        return applied

    def state(self) -> tuple[Any, ...]:
        from requests.auth import HTTPDigestAuth

        if isinstance(self._auth, HTTPDigestAuth):
            # It keeps what a thread knows of a service, which cannot be pickled.
            return "digest", type(self._auth), self._auth.username, self._auth.password
        return "requests", self._auth


def credentials(auth: Any, provider: type[Provider]) -> Credentials:
    """The credentials for what a constructor's `auth=` was given; a callable goes to `provider`."""
    if auth is None:
        return Credentials()
    if isinstance(auth, str):
        return _Header("Authorization", "Bearer ", as_token(auth))
    if isinstance(auth, ApiKey):
        return _Header(auth.header, "", auth.secret)
    if isinstance(auth, tuple):
        if len(auth) != 2 or not all(isinstance(part, str) for part in auth):
            raise ArpConfigError("auth as a tuple must be (user, password)")
        pair = base64.b64encode(":".join(auth).encode()).decode()
        return _Header("Authorization", "Basic ", Secret(pair))
    if _is_of_requests(auth):
        return _RequestsAuth(auth)
    if callable(auth):
        return provider(auth)
    raise ArpConfigError(
        "auth must be a token, a callable that returns one, an ApiKey, a (user, password) "
        f"tuple or a requests auth object, not {type(auth).__name__}"
    )


def _is_of_requests(auth: object) -> bool:
    if "requests" not in sys.modules:  # then nobody has made one
        return False
    from requests.auth import AuthBase

    return isinstance(auth, AuthBase)


def credentials_from_state(state: tuple[Any, ...], provider: type[Provider]) -> Credentials:
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


def as_token(token: str) -> Secret:
    secret = _secret(token, "Authorization")
    if isinstance(secret, ArpConfigError):
        token = ""  # the traceback of what follows shows the locals
        raise secret
    return secret


def _secret(token: Any, header: str) -> Secret | ArpConfigError:
    """The token, or the error that it means: raised here, its traceback would show the token."""
    try:
        if token:
            return Secret(check_header(header, token))
    except ArpValidationError as error:
        return ArpConfigError(error.message)
    return ArpConfigError("a token must not be empty")
