"""What the server side of a service has that its client does not."""

from __future__ import annotations

from dataclasses import replace

from pipeline import ir

_LAST_EVENT_ID = ir.Parameter(
    argument="last_event_id",
    wire_name="Last-Event-ID",
    place="header",
    type=ir.Scalar("str"),
    required=False,
    explode=False,
    doc="The id of the last event that the client has seen.",
)


def server_side(service: ir.Service) -> ir.Service:
    """The service with the parameters that the protocols beneath it bring.

    A client that lost a `text/event-stream` asks for what comes after the last event that it has
    seen (WHATWG HTML, 9.2.4), whether or not the contract lists the header.
    """
    return replace(service, operations=tuple(map(_resumable, service.operations)))


def _resumable(operation: ir.Operation) -> ir.Operation:
    names = {parameter.wire_name.lower() for parameter in operation.parameters}
    if "text/event-stream" not in operation.streams or "last-event-id" in names:
        return operation
    return replace(operation, parameters=(*operation.parameters, _LAST_EVENT_ID))
