"""What a client is, however it sends: its settings, and its calls from arguments to a model."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import msgspec

from arp_sdk.core._call.effects import Answer, Call, Exchange
from arp_sdk.core._call.request import build_request, with_effect_key
from arp_sdk.core._call.response import read_response
from arp_sdk.core._call.retry import Budget
from arp_sdk.core._call.state_machine import exchange
from arp_sdk.core._contract.operation import Operation, Service
from arp_sdk.core._contract.workflows import Streamed
from arp_sdk.core._http.messages import RawResponse
from arp_sdk.core._http.redaction import RedactedHeaders, without_secrets
from arp_sdk.core._http.urls import check_base_url
from arp_sdk.core._http.user_agent import user_agent
from arp_sdk.core._streaming.stream_state import Events
from arp_sdk.core._workflows.steps import Invoke
from arp_sdk.core._workflows.tools import Known
from arp_sdk.errors import ArpConfigError

from ._auth import Credentials, Provider, credentials, credentials_from_state
from ._options import (
    DEFAULTS,
    Options,
    RequestHook,
    ResponseHook,
    Retries,
    Timeout,
    as_headers,
    as_retries,
    as_timeout,
)

if TYPE_CHECKING:
    from arp_sdk.core._transport.base import Transport

A = TypeVar("A")
S = TypeVar("S")
T = TypeVar("T")
C = TypeVar("C", bound="BaseClient[Any, Any]")

TOKEN_VARIABLE = "ARP_TOKEN"  # noqa: S105  # a name, not a token


class BaseClient(Generic[A, S]):
    """What `Client` and `AsyncClient` share.

    `A` is what `auth=` takes, `S` is a session of the library that sends.
    """

    _service: ClassVar[Service]
    _provider: ClassVar[type[Provider]]
    _connections: Transport

    def __init__(
        self,
        base_url: str | None = None,
        *,
        auth: A | None = None,
        timeout: float | tuple[float, float] | Timeout = DEFAULTS.timeout,
        deadline: float = DEFAULTS.deadline,
        retries: int | Retries = DEFAULTS.retries,
        headers: Mapping[str, str] | None = None,
        idempotent: bool = False,
        max_response_bytes: int = DEFAULTS.max_response_bytes,
        allow_cross_origin_redirects: bool = False,
        verify: bool | str | None = None,
        cert: str | tuple[str, str] | None = None,
        proxies: Mapping[str, str] | None = None,
        session: S | None = None,
        log_bodies: bool = False,
        on_request: RequestHook | None = None,
        on_response: ResponseHook | None = None,
        pickle_secrets: bool = False,
    ) -> None:
        """Make a client. Nothing is sent until a method is called.

        Args:
            base_url: Where the service is, such as `https://daemon.example:8000`; by default
                the value of the service's environment variable.
            auth: A bearer token, a callable that returns one (asked again after a 401, once), an
                `ApiKey`, a (user, password) tuple, or any `requests` auth object; by default the
                value of `ARP_TOKEN`. Sent to the origin of `base_url` only.
            timeout: Seconds for one attempt: a number, (connect, read), or a `Timeout`.
            deadline: Seconds for the whole call, retries and a slow body included.
            retries: How many times a call is sent again, or a `Retries` policy.
            headers: Sent with every request.
            idempotent: Whether POST operations that the contract does not make safe may be sent
                again after an ambiguous failure.
            max_response_bytes: Of an answer, as sent and once unpacked.
            allow_cross_origin_redirects: Whether a redirect may leave the origin of `base_url`.
            verify: As in `requests`: whether to check certificates, or the path of a CA bundle.
            cert: As in `requests`: path of a client certificate, or (certificate, key).
            proxies: As in `requests`: proxy URL by scheme.
            session: A session of your own, which stays yours to close: a `requests.Session`, or an
                `aiohttp.ClientSession` for an asynchronous client.
            log_bodies: Whether the DEBUG log under `arp_sdk` shows bodies.
            on_request: Called with each `HttpRequest` before it is sent; may add headers.
            on_response: Called with each `HttpRequest` and its `HttpResponse`.
            pickle_secrets: Whether a pickle of the client holds its credentials.

        Raises:
            ArpConfigError: If an argument cannot be used.
        """
        failure: ArpConfigError | None = None
        try:
            self._configure(
                base_url,
                auth,
                Options(
                    timeout=as_timeout(timeout),
                    deadline=deadline,
                    retries=as_retries(retries),
                    headers=as_headers({**self._for_others(), **(headers or {})}),
                    idempotent=idempotent,
                    max_response_bytes=max_response_bytes,
                    allow_cross_origin_redirects=allow_cross_origin_redirects,
                    log_bodies=log_bodies,
                    on_request=on_request,
                    on_response=on_response,
                    pickle_secrets=pickle_secrets,
                ),
                self._new_transport(session=session, verify=verify, cert=cert, proxies=proxies),
            )
        except (ArpConfigError, TypeError) as error:
            failure = _config_error(error)
        if failure is not None:
            # The traceback shows the locals, and any argument may hold a secret.
            base_url = auth = headers = cert = proxies = session = None
            raise failure

    def _configure(
        self, base_url: str | None, auth: A | None, options: Options, connections: Transport
    ) -> None:
        service = self._service
        if base_url is None:
            base_url = os.environ.get(service.url_variable)
        if base_url is None:
            raise ArpConfigError(f"pass base_url, or set {service.url_variable}")
        self._base_url = check_base_url(base_url, service.api_root)
        self._credentials = (
            self._credentials_from_environment() if auth is None else self._new_credentials(auth)
        )
        self._options = options
        self._budget = Budget()
        self._connections = connections
        self._known: Known = {}

    @property
    def base_url(self) -> str:
        """Where the service is, without a trailing slash or `/v1`."""
        return self._base_url

    @property
    def options(self) -> Options:
        """The client's settings."""
        return self._options

    def with_options(
        self: C,
        *,
        auth: A | None = None,
        timeout: float | tuple[float, float] | Timeout | None = None,
        deadline: float | None = None,
        retries: int | Retries | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
        max_response_bytes: int | None = None,
        allow_cross_origin_redirects: bool | None = None,
        log_bodies: bool | None = None,
        on_request: RequestHook | None = None,
        on_response: ResponseHook | None = None,
        pickle_secrets: bool | None = None,
    ) -> C:
        """A copy with other settings, which shares the connections of this client.

        Takes the constructor's arguments of the same names; what is not given stays, and
        `headers` are added. Closing either closes both.

        Raises:
            ArpConfigError: If an argument cannot be used.
        """
        failure: ArpConfigError | None = None
        try:
            changes: dict[str, Any] = {
                "deadline": deadline,
                "timeout": None if timeout is None else as_timeout(timeout),
                "retries": None if retries is None else as_retries(retries),
                "headers": None if headers is None else self._with_headers(headers),
                "idempotent": idempotent,
                "max_response_bytes": max_response_bytes,
                "allow_cross_origin_redirects": allow_cross_origin_redirects,
                "log_bodies": log_bodies,
                "on_request": on_request,
                "on_response": on_response,
                "pickle_secrets": pickle_secrets,
            }
            given = {name: value for name, value in changes.items() if value is not None}
            copy = object.__new__(type(self))
            copy.__dict__.update(self.__dict__)
            copy._options = msgspec.structs.replace(self._options, **given)
            if auth is not None:
                copy._credentials = self._new_credentials(auth)
            return copy
        except (ArpConfigError, TypeError) as error:
            failure = _config_error(error)
        # The traceback shows the locals, and any argument may hold a secret.
        auth = headers = None
        raise failure

    def _with_headers(self, headers: Mapping[str, str]) -> RedactedHeaders:
        merged = RedactedHeaders(self._options.headers)
        merged.update(as_headers(headers))
        return merged

    def __repr__(self) -> str:
        # Also shown in the traceback of an initialiser that failed.
        return f"{type(self).__name__}({self.__dict__.get('_base_url')!r})"

    def __copy__(self: C) -> C:
        return self.with_options()

    def __deepcopy__(self: C, memo: dict[int, Any]) -> C:
        # Connections cannot be copied: the copy shares them.
        return self.with_options()

    def __getstate__(self) -> dict[str, Any]:
        secrets = self._options.pickle_secrets
        return {
            **self.__dict__,
            "_budget": None,
            "_credentials": self._credentials.state() if secrets else None,
            "_connections": self._connections.state(secrets),
            "_headers": dict(self._options.headers) if secrets else None,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        headers, kept = state.pop("_headers"), state["_credentials"]
        self.__dict__.update(state)
        if headers is not None:
            self._options = msgspec.structs.replace(self._options, headers=RedactedHeaders(headers))
        self._credentials = (
            self._credentials_from_environment()
            if kept is None
            else credentials_from_state(kept, self._provider)
        )
        self._connections = self._new_transport(**state["_connections"])
        self._budget = Budget()

    def _library(self) -> str:
        """The library that sends, and its version."""
        raise NotImplementedError

    def _new_transport(self, **settings: Any) -> Transport:
        raise NotImplementedError

    def _new_credentials(self, auth: A) -> Credentials:
        return credentials(auth, self._provider)

    def _credentials_from_environment(self) -> Credentials:
        return credentials(os.environ.get(TOKEN_VARIABLE) or None, self._provider)

    def _begin(
        self,
        operation: Operation[Any],
        path: Sequence[Any],
        query: Mapping[str, Any] | None,
        headers: Mapping[str, Any] | None,
        body: Any,
        *,
        extra: Mapping[str, str] | None = None,
        deadline: float | None = None,
        base_url: str | None = None,
    ) -> Exchange:
        """One call, checked and built, and ready to be driven."""
        effect_id = None
        if operation.effect_key is not None:
            body, effect_id = with_effect_key(body, operation.effect_key)
        url = self._base_url if base_url is None else check_base_url(base_url, "")
        request = build_request(
            operation,
            url,
            path=path,
            query=query,
            headers=headers,
            body=body,
            default_headers=self._options.headers if base_url is None else self._for_others(),
        )
        if extra:
            request.headers.update(extra)
        call = Call(operation, url, self._options, self._budget, effect_id, self._base_url)
        if deadline is not None:
            deadline = min(deadline, time.monotonic() + self._options.deadline)
        return exchange(call, request, deadline)

    def _begin_invoke(self, call: Invoke) -> Exchange:
        return self._begin(
            call.operation,
            call.path,
            call.query,
            None,
            call.body,
            deadline=call.deadline,
            base_url=call.base_url,
        )

    def _for_others(self) -> dict[str, str]:
        """The headers for another service: what a user set is for this one alone."""
        return {"User-Agent": user_agent(self._service, self._library())}

    def _begin_stream(
        self,
        operation: Operation[Any],
        path: Sequence[Any],
        query: Mapping[str, Any] | None,
        headers: Mapping[str, Any] | None,
        body: Any,
        streamed: Streamed | None,
        idle_timeout: float | None,
    ) -> Events[Any]:
        """A stream, ready to be driven."""
        client = self
        if idle_timeout is not None:
            client = self.with_options(timeout=(self._options.timeout.connect, idle_timeout))

        def connect(last_event_id: str) -> Exchange:
            # An id that no header can carry is left out: what comes again is dropped anyway.
            sendable = last_event_id.isascii() and last_event_id.isprintable()
            extra = {"Last-Event-ID": last_event_id} if last_event_id and sendable else {}
            return client._begin(operation, path, query, headers, body, extra=extra)

        # The header parameter of a stream that can be resumed.
        last_event_id = (headers or {}).get("last_event_id") or ""
        return Events(connect, client._options, streamed, last_event_id)


def read(answer: Answer) -> Any:
    """What an answer means: a value, or the error that it raises."""
    # A look-up answers with the same type as the operation that it stands in for.
    return read_response(
        answer.operation, answer.request, answer.response, answer.attempts, answer.effect_id
    )


def read_invoked(call: Invoke, answer: Answer) -> Any:
    """What an answer means, which is put where the call wants it as well."""
    value = read(answer)
    if call.answers is not None:
        call.answers.append(value)
    return value


def read_raw(answer: Answer) -> RawResponse[Any]:
    """An answer as it came, beside what it means."""
    response = answer.response
    return RawResponse(
        status_code=response.status_code,
        headers=response.headers,
        content=response.body,
        parsed=read(answer),
        method=answer.request.method,
        url=without_secrets(answer.request.url),
        elapsed=response.elapsed,
        attempts=answer.attempts,
    )


def _config_error(error: Exception) -> ArpConfigError:
    """The error to raise in its place, without its traceback, whose locals may be secrets."""
    if isinstance(error, ArpConfigError):
        return error.with_traceback(None)
    return ArpConfigError("an argument has the wrong type")
