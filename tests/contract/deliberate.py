"""The list of all differences between our contracts and the references that are wanted."""

import json

from contract.compare import Deliberate, Facts
from contract.fact import Fact, fact
from contract.places import V0_3, V1

WITHOUT_TOKEN = frozenset({"health", "version"})

ENUMERATIONS = {
    "Status": ("common/status", ["ok", "degraded", "down"]),
    "RunState": (
        "runtime/runs/run_state",
        ["queued", "running", "succeeded", "failed", "canceled"],
    ),
    "RunEventType": (
        "runtime/runs/run_event_type",
        ["token", "step", "tool_call", "tool_result", "final", "error"],
    ),
    "InstanceState": (
        "daemon/instances/instance_state",
        ["starting", "ready", "busy", "stopping", "stopped", "error"],
    ),
    "ToolSource": ("tool_registry/tools/tool_source", ["registry_local", "remote"]),
    "TraceLevel": ("trace/trace_level", ["debug", "info", "warn", "error"]),
}


def named_enumerations(_reference: Facts) -> Facts:
    return _enumerations(ENUMERATIONS)


def named_side_effects(_reference: Facts) -> Facts:
    values = ["read", "write", "irreversible"]
    return _enumerations({"SideEffectClass": ("core/side_effect_class", values)})


def named_event(_reference: Facts) -> Facts:
    return frozenset(
        fact(service, "component RunEvent", "model", "RunEvent")
        for service in ("run-coordinator", "run-gateway")
    )


def _enumerations(enumerations: dict[str, tuple[str, list[str]]]) -> Facts:
    found: set[Fact] = set()
    for name, (path, values) in enumerations.items():
        found.add(fact("schemas", f"schemas/{path}.schema.json", "model", name))
        found.add(fact(name, "$", "type", "string"))
        found.update(fact(name, "$", "enum", value) for value in values)
    return frozenset(found)


def bearer_scheme(reference: Facts) -> Facts:
    place = "security scheme ArpBearerJWT"
    scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return frozenset(
        fact(service, place, key, value)
        for service, _ in _secured_operations(reference)
        for key, value in scheme.items()
    )


def bearer_required(reference: Facts) -> Facts:
    return frozenset(
        fact(service, place, "security", {"ArpBearerJWT": []})
        for service, place in _secured_operations(reference)
    )


def bearer_refusals(reference: Facts) -> Facts:
    found: set[Fact] = set()
    for service, place in _secured_operations(reference):
        for status in ("401", "403"):
            answer = f"{place} {status}"
            found.add(fact(service, place, "response", status))
            found.add(fact(service, answer, "media type", "application/json"))
            found.add(fact(service, f"{answer} application/json", "model", "ErrorEnvelope"))
        header = f"{place} 401 header WWW-Authenticate"
        found.add(fact(service, f"{place} 401", "header", "WWW-Authenticate"))
        found.add(fact(service, header, "required", False))
        found.add(fact(service, header, "type", "string"))
    return frozenset(found)


def _secured_operations(reference: Facts) -> list[tuple[str, str]]:
    return [
        (found.subject, found.place)
        for found in reference
        if found.keyword == "operationId" and json.loads(found.value) not in WITHOUT_TOKEN
    ]


_ENUMERATIONS = (
    "Enumerations are schemas in files of their own, so that each has one name and one place for "
    "the meaning of its values; where they are used, the facts are the same."
)
_V1 = (
    Deliberate(
        _ENUMERATIONS,
        named_enumerations,
    ),
    Deliberate(
        "The bearer token is declared as the standard declares it from release 0.2.6 on.",
        bearer_scheme,
    ),
    Deliberate(
        "Every operation except health and version requires the bearer token, as the standard "
        "has it from release 0.2.6 on.",
        bearer_required,
    ),
    Deliberate(
        "Every operation that requires the bearer token may answer 401 and 403, as the standard "
        "has it from release 0.2.6 on.",
        bearer_refusals,
    ),
)

_V0_3 = (
    Deliberate(_ENUMERATIONS, named_side_effects),
    Deliberate(
        "The items of the event streams have a schema, which the standard states in prose.",
        named_event,
    ),
)

DELIBERATE = {V1: _V1, V0_3: _V0_3}
