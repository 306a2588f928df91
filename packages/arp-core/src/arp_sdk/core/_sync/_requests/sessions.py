"""Sending by a session of `requests`: one of the user's, or one that other software watches."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import requests
import requests.adapters
import urllib3
from requests.cookies import get_cookie_header

from arp_sdk.core._auth import Credentials
from arp_sdk.core._call.effects import Send
from arp_sdk.core._http.messages import Failure
from arp_sdk.core._transport.prepared import authenticated, prepare
from arp_sdk.errors import ArpConfigError

_SESSION_DEFAULTS = frozenset(
    (name.lower(), value) for name, value in requests.utils.default_headers().items()
)

Read = Callable[[urllib3.BaseHTTPResponse], bytes | Failure]


class HookError(Exception):
    """An error of a user's response hook, which is not to be taken for the transport's.

    Attributes:
        error: The hook's, with the traceback of the hook alone.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


class FailedResponseError(Exception):
    """A response that broke off while it was read for the hooks."""

    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self.failure = failure


def send_by_session(
    session: requests.Session,
    effect: Send,
    credentials: Credentials,
    timeout: urllib3.Timeout,
    settings: dict[str, Any],
    *,
    own: bool,
    read: Read,
) -> urllib3.BaseHTTPResponse:
    """Send a request as `requests` does, so that everything around it sees what it is used to.

    Raises:
        HookError: If a response hook of the user's raises.
        FailedResponseError: If the response cannot be read for the hooks.
        requests.RequestException: If there is no response.
    """
    watch = _ResponseWatch(effect, read)
    arguments = {"stream": True, "allow_redirects": False, **settings}
    try:
        if not own and effect.with_credentials and _overrides_request(session):
            response = _send_by_request(session, effect, credentials, timeout, arguments, watch)
        else:
            prepared = _prepare(session, own, effect)
            guarded = list(prepared.hooks["response"])
            prepared = authenticated(prepared, credentials)
            hooks = [
                hook if hook in guarded else _guard_auth(hook, credentials)
                for hook in prepared.hooks["response"]
            ]
            prepared.hooks["response"] = watch.around(hooks)
            response = session.send(prepared, timeout=timeout, **arguments)
    except HookError as raised:
        # `response.raise_for_status()` in a hook: the response itself says what it means.
        error = raised.error
        if not isinstance(error, requests.HTTPError) or error.response is None:
            raise
        response = error.response
    if not isinstance(response, requests.Response):
        name = type(session).__name__
        raise ArpConfigError(
            f"{name} returned {type(response).__name__} for a request, not requests.Response: "
            "it cannot be used as session="
        )
    return watch.raw(response)


def _overrides_request(session: requests.Session) -> bool:
    # It may sign, as OAuth2Session does, which `send` alone would leave out.
    function = getattr(type(session).request, "__globals__", {})
    return function.get("__name__") != "requests.sessions"


def _send_by_request(
    session: requests.Session,
    effect: Send,
    credentials: Credentials,
    timeout: urllib3.Timeout,
    arguments: dict[str, Any],
    watch: _ResponseWatch,
) -> Any:
    # requests takes no Timeout here, and other implementations of `request` less so.
    seconds: Any = (timeout.connect_timeout, timeout.read_timeout)
    if type(credentials) is not Credentials:
        arguments["auth"] = lambda prepared: authenticated(prepared, credentials)
    return session.request(
        effect.request.method,
        effect.request.url,
        data=effect.request.body,
        headers=effect.request.headers,
        hooks={"response": watch.around(_guarded(session.hooks))},
        timeout=seconds,
        **arguments,
    )


def _prepare(session: requests.Session, own: bool, effect: Send) -> requests.PreparedRequest:
    prepared = prepare(effect.request)
    prepared.hooks = {"response": []}
    if not own:
        if effect.with_credentials:
            _merge_session(session, prepared)
        prepared.hooks["response"] = _guarded(session.hooks)
    return prepared


def _merge_session(session: requests.Session, prepared: requests.PreparedRequest) -> None:
    """Apply what a user set on a session of their own, as plain `requests` does."""
    for name, value in session.headers.items():
        text = value if isinstance(value, str) else value.decode("latin-1")
        if (name.lower(), text) not in _SESSION_DEFAULTS:
            prepared.headers.setdefault(name, text)
    cookie = get_cookie_header(session.cookies, prepared)
    if cookie:
        prepared.headers.setdefault("Cookie", cookie)
    if session.auth is not None and "Authorization" not in prepared.headers:
        prepared.prepare_auth(session.auth, prepared.url or "")


def _guarded(hooks: Any) -> list[Any]:
    return [_guard(hook) for hook in hooks.get("response") or ()]


def _guard(hook: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(response: requests.Response, *args: Any, **kwargs: Any) -> Any:
        try:
            return hook(response, *args, **kwargs)
        except Exception as error:
            # The frames of the hook are the user's own; those above hold the credentials.
            trace = error.__traceback__
            failed = HookError(error.with_traceback(trace.tb_next if trace else None))
        raise failed

    return guarded


def _guard_auth(hook: Callable[..., Any], credentials: Credentials) -> Callable[..., Any]:
    """Return the response hook of an auth object, which raises what it likes at odd challenges."""

    def guarded(response: requests.Response, *args: Any, **kwargs: Any) -> Any:
        try:
            return hook(response, *args, **kwargs)
        except (requests.RequestException, HookError, FailedResponseError):
            raise
        except Exception as error:
            failed = f"{credentials.description} raised {type(error).__name__} at the response"
        # Not chained: the frames of the hook hold the credentials.
        raise ArpConfigError(failed)

    return guarded


class _ResponseWatch:
    """The SDK's own response hooks around those of the user and of auth objects."""

    def __init__(self, effect: Send, read: Read) -> None:
        self._effect = effect
        self._read = read
        self._location: str | None = None

    def around(self, hooks: list[Any]) -> list[Any]:
        """Return the hooks for one request."""
        return [self._buffer, *hooks, self._hide_location] if hooks else [self._hide_location]

    def _buffer(self, response: requests.Response, **_: Any) -> None:
        """Read the body, which hooks would otherwise read without a limit."""
        raw = response.raw
        if self._effect.leaves_body(response.status_code) or response._content_consumed:
            return
        if isinstance(raw, urllib3.BaseHTTPResponse):
            body = self._read(raw)
            if isinstance(body, Failure):
                raise FailedResponseError(body)
            response.raw = _in_memory(body, raw.headers, raw.status, raw.reason)
            # Now it can be read as often as anybody likes.
            response._content, response._content_consumed = body, True

    def _hide_location(self, response: requests.Response, **_: Any) -> None:
        """Keep `requests` from working on a redirect, which reads its whole body unlimited."""
        self._location = response.headers.pop("Location", None)

    def raw(self, response: requests.Response) -> urllib3.BaseHTTPResponse:
        """Return a response as the SDK reads it, of a mock or a recorder, too."""
        if self._location is not None:
            response.headers.setdefault("Location", self._location)
        raw = response.raw
        if isinstance(raw, urllib3.BaseHTTPResponse) and not response._content_consumed:
            return raw
        return _in_memory(
            response.content or b"", response.headers, response.status_code, response.reason
        )


def _in_memory(body: bytes, headers: Any, status: int, phrase: str | None) -> urllib3.HTTPResponse:
    """Return a response whose body has been read and decoded."""
    kept = urllib3.HTTPHeaderDict(headers)
    kept.discard("Content-Encoding")
    return urllib3.HTTPResponse(
        io.BytesIO(body),
        kept,
        status,
        reason=phrase,
        preload_content=False,
        enforce_content_length=False,
    )
