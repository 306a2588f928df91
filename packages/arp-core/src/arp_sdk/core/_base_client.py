"""The base of both kinds of clients: options, and calls from arguments to a model."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import msgspec

from arp_sdk.core._call.budget import Budget
from arp_sdk.core._call.effects import Call, CallResult, Clock, Steps
from arp_sdk.core._call.request import build_request, with_effect_key, with_stream_flag
from arp_sdk.core._call.response import read_response, value_steps
from arp_sdk.core._call.state_machine import call_steps
from arp_sdk.core._contract.operation import Operation, Service
from arp_sdk.core._contract.workflows import LongRunning, Streamed
from arp_sdk.core._http import clock
from arp_sdk.core._http.redaction import RedactedHeaders
from arp_sdk.core._http.urls import check_base_url
from arp_sdk.core._http.user_agent import user_agent
from arp_sdk.core._late import late
from arp_sdk.core._streaming.stream_state import StreamState
from arp_sdk.core._workflows.client_steps import ClientSteps
from arp_sdk.core._workflows.events import LOOK_INTERVAL, locate_steps
from arp_sdk.core._workflows.polling import Waiting
from arp_sdk.core._workflows.steps import Caller, Waits
from arp_sdk.core._workflows.tools import KnownTools
from arp_sdk.errors import ArpConfigError, ArpValidationError

from ._auth import Credentials, Provider, credentials, credentials_from_state
from ._options import ClientOptions, Options, Unpack, changed

if TYPE_CHECKING:
    from ssl import SSLContext

    from arp_sdk.core._transport.base import Transport

__getattr__ = late(SSLContext="ssl", Transport="arp_sdk.core._transport.base")


A = TypeVar("A")
S = TypeVar("S")
T = TypeVar("T")
C = TypeVar("C", bound="BaseClient[Any, Any]")
FilePath = str | os.PathLike[str]

# Servers refuse heads of more than some kilobytes.
_MAX_EVENT_ID = 1024
TOKEN_VARIABLE = "ARP_TOKEN"  # noqa: S105  # a name, not a token


class BaseClient(ClientSteps, Generic[A, S]):
    """The code that `Client` and `AsyncClient` share.

    `A` is the type of `auth=`, `S` is a session of the HTTP library.
    """

    _service: ClassVar[Service]
    _provider: ClassVar[type[Provider]]
    _connections: Transport

    def __init__(
        self,
        base_url: str | None = None,
        *,
        auth: A | None = None,
        worker_auth: A | None = None,
        verify: bool | str | os.PathLike[str] | SSLContext | None = None,
        cert: FilePath | tuple[FilePath, FilePath] | None = None,
        proxies: Mapping[str, str | None] | None = None,
        pool_size: int = 32,
        session: S | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        """Make a client. Nothing is sent until a method is called.

        Args:
            base_url: URL of the service, such as `https://daemon.example:8000`; by default the
                value of the service's environment variable.
            auth: A bearer token, a function that returns one (called again after a 401, once), an
                `ApiKey`, a (user, password) tuple, or any `requests` auth object; by default the
                value of `ARP_TOKEN`, unless `headers` has an Authorization header. The client
                sends it to the origin of `base_url` only.
            worker_auth: Credentials, as for `auth`, for the services that this one names as its
                workers, such as the runtimes of a daemon. By default, they get none.
            verify: Path of a CA bundle, or an `ssl.SSLContext`, or False to skip the check of
                certificates; by default as in `requests`. Each new connection reads the bundle
                again.
            cert: Path of a client certificate, or (certificate, key). Each new connection reads
                the files again.
            proxies: Proxy URL by scheme, as in `requests`. None for a scheme means no proxy, even
                if the environment names one.
            pool_size: Number of idle connections that a synchronous client keeps to each origin;
                more can be in use. An asynchronous client keeps all idle connections for 15
                seconds. A session of the caller has pools of its own.
            session: A session that the caller closes: a `requests.Session`, or an
                `aiohttp.ClientSession` for an asynchronous client.
            **options: Any of `ClientOptions`: `timeout`, `deadline`, `retries`, `headers`,
                `idempotent`, `max_response_bytes`, `allow_cross_origin_redirects`, `log_bodies`,
                `on_request`, `on_response`, `pickle_secrets`.

        Raises:
            ArpConfigError: If an argument cannot be used.
        """
        failure: ArpConfigError | None = None
        try:
            self._configure(
                base_url,
                auth,
                worker_auth,
                changed(Options(headers=self._user_agent()), options),
                self._new_transport(
                    session=session,
                    verify=verify,
                    cert=cert,
                    proxies=proxies,
                    pool_size=pool_size,
                ),
            )
        except (ArpConfigError, TypeError) as error:
            failure = _config_error(error)
        if failure is not None:
            # A traceback shows the locals, and any argument may hold a secret.
            base_url = auth = worker_auth = cert = proxies = session = None
            options = {}
            raise failure

    def _configure(
        self,
        base_url: str | None,
        auth: A | None,
        worker_auth: A | None,
        options: Options,
        connections: Transport,
    ) -> None:
        service = self._service
        if base_url is None:
            base_url = os.environ.get(service.url_variable)
        if base_url is None:
            raise ArpConfigError(f"pass base_url, or set {service.url_variable}")
        self._base_url = check_base_url(base_url, service.api_root)
        self._auth_is_given = auth is not None
        self._credentials = (
            self._default_credentials(options.headers)
            if auth is None
            else self._beside(options.headers, self._new_credentials(auth))
        )
        self._worker_credentials = (
            Credentials() if worker_auth is None else self._new_credentials(worker_auth)
        )
        self._options = options
        self._budget = Budget()
        self._connections = connections
        self._known: KnownTools = {}
        self._clock: Clock = clock.monotonic
        self._waits = Waits()

    @property
    def base_url(self) -> str:
        """URL of the service, without a trailing slash or `/v1`."""
        return self._base_url

    @property
    def options(self) -> Options:
        """The client's options."""
        return self._options

    def with_options(
        self: C,
        *,
        auth: A | None = None,
        worker_auth: A | None = None,
        **options: Unpack[ClientOptions],
    ) -> C:
        """Return a copy with other options, which shares the connections of this client.

        Closing either client closes both.

        Args:
            auth: As in the constructor.
            worker_auth: As in the constructor.
            **options: Any of `ClientOptions`. Options that are not given stay as they are, and
                `headers` are added.

        Raises:
            ArpConfigError: If an argument cannot be used.
        """
        failure: ArpConfigError | None = None
        try:
            copy = object.__new__(type(self))
            copy.__dict__.update(self.__dict__)
            copy._options = changed(self._options, options)
            if auth is not None:
                copy._auth_is_given = True
                copy._credentials = self._beside(copy._options.headers, self._new_credentials(auth))
            elif self._auth_is_given:
                self._beside(copy._options.headers, self._credentials)
            elif "headers" in options:
                copy._credentials = self._default_credentials(copy._options.headers)
            if worker_auth is not None:
                copy._worker_credentials = self._new_credentials(worker_auth)
            return copy
        except (ArpConfigError, TypeError) as error:
            failure = _config_error(error)
        # A traceback shows the locals, and any argument may hold a secret.
        auth = worker_auth = None
        options = {}
        raise failure

    def __repr__(self) -> str:
        # The traceback of a constructor that failed shows it too.
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
            "_waits": None,
            "_credentials": self._credentials.state() if secrets else None,
            "_worker_credentials": self._worker_credentials.state() if secrets else None,
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
        workers = state["_worker_credentials"]
        self._worker_credentials = (
            Credentials() if workers is None else credentials_from_state(workers, self._provider)
        )
        self._connections = self._new_transport(**state["_connections"])
        self._budget = Budget()
        self._waits = Waits()

    def _library(self) -> str:
        """Return the name and version of the HTTP library."""
        raise NotImplementedError

    def _new_transport(self, **settings: Any) -> Transport:
        raise NotImplementedError

    def _new_credentials(self, auth: A) -> Credentials:
        return credentials(auth, self._provider)

    def _default_credentials(self, headers: Mapping[str, str]) -> Credentials:
        """Return the credentials of a client without `auth=`: a header of the caller's wins."""
        if "Authorization" in headers:
            return Credentials()
        return self._credentials_from_environment()

    def _beside(self, headers: Mapping[str, str], given: Credentials) -> Credentials:
        """Return credentials that the caller gave; refuse them if a header sets the same."""
        if given.header and given.header in headers:
            raise ArpConfigError(
                f"auth= and {given.header} in headers= exclude each other: pass one of them"
            )
        return given

    def _credentials_from_environment(self) -> Credentials:
        return credentials(os.environ.get(TOKEN_VARIABLE) or None, self._provider)

    def _user_agent(self) -> RedactedHeaders:
        """Return the headers for any service: those that a caller set are for this one alone."""
        return RedactedHeaders({"User-Agent": user_agent(self._service, self._library())})

    @property
    def _caller(self) -> Caller:
        return Caller(self._invoke, self._clock, self._watch, self._waits)

    def _call_steps(
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
        until: float = math.inf,
        options: Options | None = None,
    ) -> Steps[CallResult]:
        """Check the arguments of a call, build its request, and return its steps."""
        effect_id = None
        if operation.effect_key is not None:
            body, effect_id = with_effect_key(body, operation.effect_key)
        if operation.stream_flag is not None:
            body = with_stream_flag(body, operation.stream_flag)
        own = base_url is None
        default_headers = self._options.headers if own else self._user_agent()
        url = self._base_url if base_url is None else check_base_url(base_url, "")
        request = build_request(
            operation,
            url,
            path=path,
            query=query,
            headers=headers,
            body=body,
            default_headers=default_headers,
        )
        if extra:
            request.headers.update(extra)
        call = Call(
            operation,
            url,
            self._options if options is None else options,
            self._budget,
            self._clock,
            self._credentials if own else self._worker_credentials,
            own,
            default_headers,
            effect_id,
            until=until,
        )
        if deadline is not None:
            deadline = min(deadline, self._clock() + self._options.deadline)
        return call_steps(call, request, deadline)

    def _invoke(
        self,
        operation: Operation[Any],
        path: Sequence[Any] = (),
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        deadline: float | None = None,
        base_url: str | None = None,
    ) -> Steps[Any]:
        """Return the steps of a call that ends in its value."""
        steps = self._call_steps(
            operation, path, query, None, body, deadline=deadline, base_url=base_url
        )
        return (yield from value_steps(steps, read_response))

    def _watch(
        self,
        operation: Operation[Any],
        path: Sequence[Any],
        streamed: Streamed | None,
        until: float,
        base_url: str | None = None,
    ) -> StreamState[Any]:
        """Return a stream, not open yet, that ends by a time and leaves retries to the caller."""
        timeout = self._options.timeout
        once = msgspec.structs.replace(
            self._options,
            timeout=msgspec.structs.replace(timeout, read=min(timeout.read, LOOK_INTERVAL)),
            retries=msgspec.structs.replace(self._options.retries, limit=0),
        )
        connect = self._opener(operation, path, until=until, base_url=base_url, options=once)
        return StreamState(connect, self._options, streamed, reopens=False)

    def _events_of(
        self,
        work: LongRunning[Any, Any],
        id_: str,
        idle_timeout: float | None,
        timeout: float | None,
        last_event_id: str | None,
    ) -> StreamState[Any] | None:
        """Return the events of work, not open yet, or None if the contract has none."""
        if work.events is None:
            return None
        headers = {} if last_event_id is None else {"last_event_id": last_event_id}
        waiting = Waiting.of(self._options, timeout)

        def locate() -> Steps[str | None]:
            return locate_steps(self._caller, work, id_, waiting)

        return self._stream_state(
            work.events, (id_,), None, headers, None, work.streamed, idle_timeout, locate
        )

    def _stream_state(
        self,
        operation: Operation[Any],
        path: Sequence[Any],
        query: Mapping[str, Any] | None,
        headers: Mapping[str, Any] | None,
        body: Any,
        streamed: Streamed | None,
        idle_timeout: float | None,
        locate: Callable[[], Steps[str | None]] | None = None,
    ) -> StreamState[Any]:
        """Return a stream that is not open yet; `locate` finds the service that has it."""
        client = self
        if idle_timeout is not None:
            client = self.with_options(timeout=(self._options.timeout.connect, idle_timeout))
        # The header parameter of a stream that can be resumed.
        last_event_id = (headers or {}).get("last_event_id") or ""
        if not isinstance(last_event_id, str):
            raise ArpValidationError(
                "must be a string, such as str(event.seq)", subject="last_event_id"
            )
        connect = client._opener(operation, path, query, headers, body, locate=locate)
        return StreamState(connect, client._options, streamed, last_event_id)

    def _opener(
        self,
        operation: Operation[Any],
        path: Sequence[Any],
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
        *,
        until: float = math.inf,
        base_url: str | None = None,
        locate: Callable[[], Steps[str | None]] | None = None,
        options: Options | None = None,
    ) -> Callable[[str], Steps[CallResult]]:
        """Return a function that opens a stream after the event with an id."""
        deadline = None if until == math.inf else until

        def connect(last_event_id: str) -> Steps[CallResult]:
            nonlocal base_url
            if locate is not None and base_url is None:
                base_url = yield from locate()
            extra = {"Last-Event-ID": last_event_id} if _is_sendable(last_event_id) else {}
            steps = self._call_steps(
                operation,
                path,
                query,
                headers,
                body,
                extra=extra,
                deadline=deadline,
                base_url=base_url,
                until=until,
                options=options,
            )
            return (yield from steps)

        return connect


def _is_sendable(last_event_id: str) -> bool:
    """Return whether a header can carry an id; otherwise repeated events are dropped on arrival."""
    short = 0 < len(last_event_id) <= _MAX_EVENT_ID
    return short and last_event_id.isascii() and last_event_id.isprintable()


def _config_error(error: Exception) -> ArpConfigError:
    """Return the error without its traceback, whose locals may be secrets."""
    if isinstance(error, ArpConfigError):
        return error.with_traceback(None)
    return ArpConfigError("an argument has the wrong type")
