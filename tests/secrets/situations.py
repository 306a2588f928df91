"""The situations in which a secret could show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from arp_sdk.core import Client, HttpRequest, HttpResponse, RawResponse, Retries
from arp_sdk.errors import (
    ArpApiError,
    ArpConfigError,
    ArpConnectionError,
    ArpDecodeError,
    ArpRedirectError,
    ArpResponseTooLargeError,
    ArpTimeoutError,
    ArpValidationError,
)
from arp_sdk.models import Health, RunRequest, RunRequestInput
from support.clients import DaemonClient, RuntimeClient
from support.clients import kind as current_kind
from support.server import (
    RESET,
    SILENCE,
    Reply,
    Server,
    closed_port,
    error_reply,
    json_reply,
)

from .hunter import Evidence
from .places import Place, close
from .witness import Hooks, examine_client, examine_outcome

C = TypeVar("C", bound=Client)
HEALTH = {"status": "ok", "time": "2024-01-01T00:00:00Z"}
EVENT = b'data: {"run_id":"r","seq":0,"type":"step","time":"2024-01-01T00:00:00Z"}\n\n'


class HookError(Exception):
    pass


@dataclass
class Scene:
    """A place of a secret in a situation."""

    place: Place
    server: Server
    evidence: Evidence

    def plan(self, *replies: Reply) -> None:
        extra = self.place.response(self.server.url)
        self.server.plan(
            *(Reply(reply.status, reply.body, {**reply.headers, **extra}) for reply in replies)
        )

    def call(
        self,
        call: Callable[[C], Any],
        kind: type[C],
        url: str | None = None,
        **options: Any,
    ) -> Any:
        """Make a call with a client that has the secret, and record everything that shows."""
        hooks = Hooks(self.evidence)
        arguments: dict[str, Any] = {
            "retries": 0,
            "timeout": 30.0,
            "log_bodies": True,
            "on_request": hooks.on_request,
            "on_response": hooks.on_response,
            **self.place.options(self.server.url),
            **options,
        }
        session = arguments.get("session")
        if self.place.refused_by == current_kind():
            return examine_outcome(self.evidence, lambda: kind(self.server.url, **arguments))
        try:
            with kind(url or self.server.url, **arguments) as client:
                examine_client(self.evidence, client)
                outcome = examine_outcome(self.evidence, lambda: call(client))
                examine_client(self.evidence, client)
                return outcome
        finally:
            if session is not None:
                close(session)

    def health(self, url: str | None = None, **options: Any) -> Any:
        return self.call(DaemonClient.health, DaemonClient, url, **options)


def success(scene: Scene) -> Any:
    scene.plan(json_reply(HEALTH))
    return scene.health()


def raw_success(scene: Scene) -> Any:
    scene.plan(json_reply(HEALTH))
    return scene.call(lambda client: client.raw.health(), DaemonClient)


def event_stream(scene: Scene) -> Any:
    scene.plan(Reply(200, EVENT, {"Content-Type": "text/event-stream"}))
    return scene.call(lambda client: list(client.stream_run_events("r")), RuntimeClient)


def bad_event(scene: Scene) -> Any:
    scene.plan(Reply(200, EVENT + b"data: x\n\n", {"Content-Type": "text/event-stream"}))
    return scene.call(lambda client: list(client.stream_run_events("r")), RuntimeClient)


def idle_stream(scene: Scene) -> Any:
    headers = {"Content-Type": "text/event-stream", "Content-Length": "9999"}
    scene.plan(Reply(200, EVENT, headers))
    call: Callable[[RuntimeClient], Any] = lambda client: list(client.stream_run_events("r"))  # noqa: E731
    return scene.call(call, RuntimeClient, timeout=0.05)


def not_a_stream(scene: Scene) -> Any:
    scene.plan(json_reply({}))
    return scene.call(lambda client: list(client.stream_run_events("r")), RuntimeClient)


def refused(scene: Scene) -> Any:
    return scene.health(closed_port())


def timeout(scene: Scene) -> Any:
    scene.server.plan(SILENCE)
    return scene.health(timeout=0.03)


def deadline(scene: Scene) -> Any:
    scene.server.plan(SILENCE)
    return scene.health(deadline=0.03)


def reset(scene: Scene) -> Any:
    scene.server.plan(RESET)
    return scene.health()


def unauthorized(scene: Scene) -> Any:
    reply = error_reply(401, "unauthorized")
    challenge = {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'}
    scene.plan(Reply(401, reply.body, {**reply.headers, **challenge}))
    return scene.health()


def bad_challenge(scene: Scene) -> Any:
    scene.plan(Reply(401, b"", {"WWW-Authenticate": "Digest nonsense"}))
    return scene.health()


def server_error(scene: Scene) -> Any:
    scene.plan(error_reply(500))
    return scene.health()


def retried(scene: Scene) -> Any:
    scene.plan(error_reply(503, retryable=True))
    return scene.health(retries=Retries(limit=2, backoff=0))


def looked_up(scene: Scene) -> Any:
    scene.plan(error_reply(503), error_reply(404), error_reply(503))
    request = RunRequest(input=RunRequestInput(goal="g"))
    retries = Retries(limit=1, backoff=0)
    return scene.call(lambda client: client.submit_run(request), DaemonClient, retries=retries)


def redirect_refused(scene: Scene) -> Any:
    location = "http://other.invalid/v1/health"
    scene.plan(Reply(302, b"", {"Location": location}))
    return scene.health()


def redirect_followed(scene: Scene) -> Any:
    scene.plan(Reply(307, b"", {"Location": "/v1/version"}), error_reply(500))
    return scene.health()


def redirect_left(scene: Scene) -> Any:
    scene.plan(Reply(307, b"", {"Location": closed_port() + "/"}), json_reply(HEALTH))
    return scene.health(allow_cross_origin_redirects=True)


def not_json(scene: Scene) -> Any:
    scene.plan(Reply(200, b"<html>no</html>", {"Content-Type": "text/html"}))
    return scene.health()


def not_gzip(scene: Scene) -> Any:
    scene.plan(Reply(200, b"no gzip", {"Content-Encoding": "gzip"}))
    return scene.health()


def too_large(scene: Scene) -> Any:
    scene.plan(Reply(200, b" " * 1000))
    return scene.health(max_response_bytes=10)


def no_tls(scene: Scene) -> Any:
    return scene.health(scene.server.url.replace("http:", "https:"))


def unresolved(scene: Scene) -> Any:
    return scene.health("http://a..b")


def invalid_argument(scene: Scene) -> Any:
    return scene.call(lambda client: client.get_run_status(""), DaemonClient)


def invalid_body(scene: Scene) -> Any:
    bad: Any = {"input": 1}
    return scene.call(lambda client: client.submit_run(bad), DaemonClient)


def request_hook_raises(scene: Scene) -> Any:
    def hook(request: HttpRequest) -> None:
        raise HookError

    with_hook = DaemonClient.health
    scene.plan(json_reply(HEALTH))
    return scene.call(lambda client: with_hook(client.with_options(on_request=hook)), DaemonClient)


def response_hook_raises(scene: Scene) -> Any:
    def hook(request: HttpRequest, response: HttpResponse) -> None:
        raise HookError

    scene.plan(json_reply(HEALTH))
    return scene.call(lambda client: client.with_options(on_response=hook).health(), DaemonClient)


def bad_header_from_a_hook(scene: Scene) -> Any:
    def hook(request: HttpRequest) -> None:
        request.headers["X-Bad"] = "a\r\nb"

    scene.plan(json_reply(HEALTH))
    return scene.call(lambda client: client.with_options(on_request=hook).health(), DaemonClient)


def bad_option(scene: Scene) -> Any:
    return scene.call(lambda client: client.with_options(deadline=-1.0), DaemonClient)


def closed(scene: Scene) -> Any:
    def call(client: DaemonClient) -> Any:
        client.close()
        return client.health()

    return scene.call(call, DaemonClient)


SITUATIONS: dict[Callable[[Scene], Any], type[Any] | None] = {
    success: Health,
    raw_success: RawResponse,
    event_stream: list,
    bad_event: ArpDecodeError,
    idle_stream: ArpTimeoutError,
    not_a_stream: ArpDecodeError,
    refused: ArpConnectionError,
    timeout: ArpTimeoutError,
    deadline: ArpTimeoutError,
    reset: ArpConnectionError,
    unauthorized: ArpApiError,
    bad_challenge: None,
    server_error: ArpApiError,
    retried: ArpApiError,
    looked_up: ArpApiError,
    redirect_refused: ArpRedirectError,
    redirect_followed: None,
    redirect_left: None,
    not_json: ArpDecodeError,
    not_gzip: ArpDecodeError,
    too_large: ArpResponseTooLargeError,
    no_tls: ArpConnectionError,
    unresolved: None,
    invalid_argument: ArpValidationError,
    invalid_body: ArpValidationError,
    request_hook_raises: HookError,
    response_hook_raises: HookError,
    bad_header_from_a_hook: None,
    bad_option: ArpConfigError,
    closed: ArpConfigError,
}
"""The result or error of each situation, or None if it depends on the place."""
