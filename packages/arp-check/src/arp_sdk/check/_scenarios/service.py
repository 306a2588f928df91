"""Health, version, authentication, and routes that do not exist."""

from __future__ import annotations

from arp_sdk.check._contract import Operation
from arp_sdk.check._exchange import Exchange
from arp_sdk.check._probe import Probe
from arp_sdk.check._report import Severity

from .examples import body_of, undo, unknown
from .scenario import scenario


@scenario("service.health", "health", changes=False)
def health(probe: Probe) -> None:
    """The service says how it is, without a token."""
    for token in (None, ""):
        exchange = probe.call("health", token=token)
        rule = probe.sentence("health", "needs no token")
        probe.expect(exchange.status == 200, "health", exchange, "health is not available", rule)


@scenario("service.version", "version", changes=False)
def version(probe: Probe) -> None:
    """The service says what it is, without a token."""
    exchange = probe.call("version", token="")
    rule = probe.sentence("version", "needs no token")
    probe.expect(exchange.status == 200, "version", exchange, "version is not available", rule)
    supported = exchange.json and exchange.json.get("supported_api_versions")
    if isinstance(supported, list):
        probe.expect(
            "v1" in supported,
            "version",
            exchange,
            "the supported protocol versions do not include v1",
            "VersionInfo $.supported_api_versions",
        )


@scenario("service.authentication", changes=False)
def authentication(probe: Probe) -> None:
    """A service that requires a token requires it for what can be read."""
    _authentication(probe, is_read=True)


@scenario("service.authentication-of-changes")
def authentication_of_changes(probe: Probe) -> None:
    """A service that requires a token requires it for what changes something."""
    _authentication(probe, is_read=False)


def _authentication(probe: Probe, *, is_read: bool) -> None:
    if not probe.sender.token:
        return
    rule = "Every operation but health and version needs a bearer token (security)."
    seen: list[tuple[Operation, Exchange]] = []
    for operation in probe.contract.operations.values():
        if operation.is_public or (operation.method == "GET") != is_read:
            continue
        arguments = unknown(operation, probe)
        body = body_of(operation.id, probe) if operation.request_schema else None
        for token in ("", "arp-check-wrong"):
            exchange = probe.call(operation.id, *arguments, body=body, token=token)
            undo(probe, operation, arguments, exchange)
            if not operation.is_missing(exchange):
                seen.append((operation, exchange))
    required = any(exchange.status in (401, 403) for _, exchange in seen)
    for operation, exchange in seen:
        if required and exchange.status not in (401, 403):
            message = f"a request without a valid token gets status {exchange.status}"
            probe.report(operation, exchange, message, rule)
        if exchange.status == 401 and "WWW-Authenticate" not in exchange.headers:
            message = "a response with status 401 has no WWW-Authenticate"
            probe.report(operation, exchange, message, "RFC 9110, 11.6.1", Severity.WARNING)


@scenario("service.unknown-routes", "health", changes=False)
def unknown_routes(probe: Probe) -> None:
    """A path or a method that the contract does not have is an error."""
    operation = probe.contract.operations["health"]
    envelope = probe.contract.schema("ErrorEnvelope")
    rule = "Body of every response that reports a failed request."
    for method, path in (("GET", "/v1/arp-check-unknown"), ("PUT", "/v1/health")):
        exchange = probe.sender.send(method, path)
        if not 400 <= exchange.status < 500:
            message = f"{method} {path}, which is not an operation, gets status {exchange.status}"
            probe.report(operation, exchange, message, "An unknown operation is an error.")
        elif exchange.json is None or probe.contract.errors(envelope, exchange.json):
            message = f"the error for {method} {path} is not an ErrorEnvelope"
            probe.report(operation, exchange, message, rule, Severity.WARNING)
