"""Requests that schemathesis generates from the contract, and what the responses have to be."""

from __future__ import annotations

import copy
import json
import re
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from arp_sdk.errors import ArpConfigError

from ._contract import Contract, Operation, description_of
from ._exchange import Exchange
from ._probe import Probe
from ._report import Severity
from ._scenarios.examples import ADDRESS, undo

_SEED = 20
_SECONDS = 120.0
_FAILURE = "failure"
_LENIENT = {
    "type": "a property without a value is absent.",
    "additionalProperties": "there are no other properties.",
}
_TAG = re.compile(r"arp-check-property-[0-9a-f]+-")
# Statuses that say nothing about the request.
_NEUTRAL = (0, 401, 403, 429, 501, 502, 503, 504)


@dataclass(frozen=True)
class Fault:
    """A place where a request does not fit the contract.

    Attributes:
        place: The operation, the place in the request, and the keyword of the schema.
        message: The fault.
        rule: The part of the contract.
        severity: Severity of a response that is a success.
    """

    place: tuple[str, ...]
    message: str
    rule: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True)
class Example:
    """A request.

    Attributes:
        arguments: The parameters of its path.
        query: Query parameters.
        body: The body.
        faults: The places where it does not fit the contract.
    """

    arguments: tuple[str, ...]
    query: Mapping[str, str]
    body: bytes
    faults: tuple[Fault, ...]

    @property
    def key(self) -> str:
        """The same for examples that differ in nothing but their new identifiers."""
        return _TAG.sub("", repr((self.arguments, self.query, self.body)))

    @property
    def size(self) -> tuple[int, int]:
        """Sorts simple examples first, so that they are those of findings."""
        return max(1, len(self.faults)), len(self.key)


def require() -> None:
    """Check that schemathesis is installed.

    Raises:
        ArpConfigError: If it is not.
    """
    try:
        import schemathesis  # noqa: F401
    except ImportError as error:
        raise ArpConfigError(
            'checks by property need schemathesis: python3 -m pip install "arp-check[property]" '
            f"({error})"
        ) from error


def check_properties(probe: Probe, number: int, *, read_only: bool) -> Iterator[str]:
    """Send generated requests to each operation, and yield the names of the checks.

    An operation is left after two minutes.

    Args:
        probe: Sends the requests, and has the findings of the scenarios.
        number: Number of valid and of invalid requests for each operation, besides those for each
            bound and keyword of the schemas.
        read_only: True to use only operations that change nothing.
    """
    known = {
        place
        for finding in probe.findings
        for place in _places(
            finding.exchange.status,
            _faults_of(probe.contract, finding.operation, finding.exchange),
        )
    }
    for operation in probe.contract.operations.values():
        if read_only and operation.method != "GET":
            continue
        probe.check = f"property.{operation.id}"
        until = time.monotonic() + _SECONDS
        for example in _examples(probe, operation, number):
            if time.monotonic() > until:
                break
            exchange = probe.call(
                operation.id, *example.arguments, query=example.query, raw=example.body
            )
            _judge(probe, operation, example, exchange, known)
            _follow(probe, operation, example, exchange)
        yield probe.check


def _examples(probe: Probe, operation: Operation, number: int) -> list[Example]:
    """Return different requests, the simplest ones first."""
    found: dict[Any, Example] = {}
    for case in _generated(probe.contract, operation, number):
        example = _example(probe, operation, case)
        if example is not None:
            found.setdefault(example.key, example)
    return sorted(found.values(), key=lambda each: each.size)


def _generated(contract: Contract, operation: Operation, number: int) -> Iterator[Any]:
    """Yield cases of schemathesis: one for each bound and keyword of the schemas, then others."""
    from schemathesis import GenerationMode, openapi

    schema = openapi.from_dict(contract.document())
    generated = schema[operation.path][operation.method]
    # For mypy, which takes Python 3.10, an item of their StrEnum is a string.
    modes: list[Any] = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    config = schema.config.generation_for(operation=generated, phase="coverage")
    for case in schema.iter_coverage_cases(
        generated, generation_modes=modes, generation_config=config
    ):
        # The scenarios are about other methods.
        if case.method == operation.method:
            yield case
    for mode in modes:
        yield from _drawn(generated.as_strategy(generation_mode=mode), number)


def _drawn(strategy: Any, number: int) -> list[Any]:
    """Return values of a strategy, the same ones each time."""
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis.errors import Unsatisfiable

    cases: list[Any] = []

    @seed(_SEED)
    @settings(
        max_examples=number,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(strategy)
    def collect(case: Any) -> None:
        cases.append(case)

    # Nothing is invalid where a path takes any text, and there is no body.
    with suppress(Unsatisfiable), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        collect()
    return cases


def _example(probe: Probe, operation: Operation, case: Any) -> Example | None:
    """Return the request of a case that cannot do harm, or None if there is no way to send it."""
    values = [unquote(str(case.path_parameters[name])) for name in operation.parameters]
    if operation.method != "GET":
        values = [f"{probe.new_id('property')}-{each}" for each in values]
    elif {".", ".."} & set(values):
        return None  # a client removes such segments from the path
    declared = {each["name"] for each in _parameters(probe.contract, operation)}
    query = {
        name: json.dumps(value) if isinstance(value, bool) else str(value)
        for name, value in case.query.items()
        if name in declared and isinstance(value, (str, int, float))
    }
    content = case.as_transport_kwargs(base_url=ADDRESS)
    body = content.get("data") or b""
    if "json" in content:
        value = _reduced(probe, operation, content["json"])
        body = json.dumps(_harmless(probe, value)).encode()
    if not isinstance(body, bytes):
        return None
    faults = _faults(probe.contract, operation, query, body)
    return Example(tuple(values), query, body, tuple(faults))


def _reduced(probe: Probe, operation: Operation, value: Any) -> Any:
    """Return a body with the user's values, without what has nothing to do with its faults."""

    def places(body: Any) -> set[tuple[str, ...]]:
        found = _faults(probe.contract, operation, {}, json.dumps(body).encode())
        return {fault.place for fault in found}

    if not isinstance(value, dict):
        return value
    faults = places(value)
    given = {name: probe.request[name] for name in value if name in probe.request}
    if places({**value, **given}) == faults:
        value = {**value, **given}
    if not faults:
        return value
    value = copy.deepcopy(value)
    for parent in (value, *filter(lambda each: isinstance(each, dict), list(value.values()))):
        for name in list(parent):
            removed = parent.pop(name)
            if places(value) != faults:
                parent[name] = removed
    return value


def _harmless(probe: Probe, value: Any, name: str = "") -> Any:
    """Return a value that names nothing that exists, costs little, and calls nobody."""
    if name in probe.request and value == probe.request[name]:
        return value
    if isinstance(value, dict):
        return {key: _harmless(probe, each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_harmless(probe, each) for each in value]
    if name == "count" and isinstance(value, (int, float)) and value > 2:
        return 2
    if not isinstance(value, str):
        return value
    if "://" in value:
        return ADDRESS
    if name == "goal":
        return f"{probe.goal} {value}"
    if name.endswith(("_id", "_name", "_profile")):
        return f"{probe.new_id('property')}-{value}"
    return value


def _parameters(contract: Contract, operation: Operation) -> list[Mapping[str, Any]]:
    """Return the query parameters of an operation."""
    declared = map(contract.resolved, operation.definition.get("parameters", []))
    return [each for each in declared if each["in"] == "query"]


def _faults_of(contract: Contract, operation_id: str, exchange: Exchange) -> Iterator[Fault]:
    query = dict(parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True))
    yield from _faults(contract, contract.operations[operation_id], query, exchange.request_body)


def _faults(
    contract: Contract, operation: Operation, query: Mapping[str, str], body: bytes
) -> Iterator[Fault]:
    """Yield where a request does not fit the contract."""
    for parameter in _parameters(contract, operation):
        name = parameter["name"]
        if name in query:
            value: Any = query[name]
            if parameter["schema"].get("type") == "integer" and re.fullmatch("-?[0-9]+", value):
                value = int(value)
            description = parameter["description"]
            for error in contract.failures(parameter["schema"], value):
                message = f"{name}: {error.message[:100]}"
                rule = f"{operation.id} {name}: {description}"
                yield Fault((operation.id, name, str(error.validator)), message, rule)
    schema = operation.request_schema
    if schema is None:
        return
    try:
        content = json.loads(body.decode(), parse_constant=float.fromhex)
    except ValueError:
        message, rule = "its body is not JSON", f"{operation.id}: requestBody"
        yield Fault((operation.id, "$", "json"), message, rule)
        return
    title = schema.get("$ref", "").rpartition("/")[2]
    for error in contract.failures(schema, content):
        keyword = str(error.validator)
        place = re.sub(r"\[(\d+|'.*?')\]", "[]", error.json_path)
        # A client is not misled if what says nothing is ignored: one warning for each operation.
        if keyword == "additionalProperties" or (keyword == "type" and error.instance is None):
            reason = "is null" if keyword == "type" else "has a property that is not declared"
            rule = f"{title} ({keyword}): {_LENIENT[keyword]}"
            yield Fault((operation.id, keyword), f"{place} {reason}", rule, Severity.WARNING)
            continue
        reason = error.message[:100]
        # The name of a property that is missing is in the message alone.
        which = f" {reason.partition(' is ')[0]}" if keyword == "required" else ""
        yield Fault(
            (operation.id, "/".join(map(str, error.absolute_schema_path)), which),
            f"{place}: {reason}",
            f"{title} {place} ({keyword}{which}): {description_of(error)}".rstrip(": "),
        )


def _judge(
    probe: Probe,
    operation: Operation,
    example: Example,
    exchange: Exchange,
    known: set[tuple[str, ...]],
) -> None:
    """Report a valid request that the service fails on, or an invalid one that it accepts."""
    status = exchange.status
    if status in _NEUTRAL or 300 <= status < 500:
        return
    if not example.faults:
        if status >= 500:
            known.add((operation.id, _FAILURE))
            message = f"a valid request gets status {status}"
            probe.report(operation, exchange, message, operation.definition["summary"])
        return
    places = set(_places(status, example.faults))
    if not places & known:
        known |= places
        fault = example.faults[0]
        message = f"a request gets status {status}, although {fault.message}"
        severity = fault.severity if status < 300 else Severity.ERROR
        probe.report(operation, exchange, message, fault.rule, severity)


def _places(status: int, faults: Iterable[Fault]) -> list[tuple[str, ...]]:
    """Return what a response that is not an error of the client shows about faults.

    Failures are not told apart by their faults: a service that fails on one often fails on all.
    """
    if 400 <= status < 500:
        return []
    return [(each.place[0], _FAILURE) if status >= 500 else each.place for each in faults]


def _follow(probe: Probe, operation: Operation, example: Example, exchange: Exchange) -> None:
    """Look at what a request has made by its identifier, and remove it."""
    if operation.method == "GET" or not 200 <= exchange.status < 300:
        return
    runs = operation.definition.get("x-arp-long-running")
    if runs is not None and isinstance(exchange.json, dict):
        _follow_run(probe, operation, example, exchange, runs)
        return
    removal = next(
        (
            each
            for each in probe.contract.operations.values()
            if (each.method, each.path) == ("DELETE", operation.path)
        ),
        None,
    )
    if operation.method != "PUT" or removal is None:
        undo(probe, operation, example.arguments, exchange)
        return
    removed = probe.call(removal.id, *example.arguments)
    listed = probe.sender.send("GET", operation.path.rpartition("/")[0])
    name = example.arguments[-1]
    probe.expect(
        removed.status < 400 and name not in _texts(listed.json),
        removal.id,
        removed,
        f"what was stored as {name!r} is not found and removed by this name",
        removal.definition["summary"],
    )


def _texts(value: Any) -> Iterator[str]:
    """Yield the strings in a JSON value."""
    if isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def _follow_run(
    probe: Probe,
    operation: Operation,
    example: Example,
    exchange: Exchange,
    runs: Mapping[str, Any],
) -> None:
    sent = json.loads(example.body).get(runs["id"]) if not example.faults else None
    made = exchange.json.get(runs["id"])
    if not isinstance(made, str):
        return
    status = probe.contract.operations[runs["status"]]
    probe.expect(
        sent in (None, made),
        operation.id,
        exchange,
        f"the run with the identifier {sent!r} is returned as {made!r}",
        f"{runs['id']}: the service takes the identifier that the client has chosen.",
    )
    found = probe.call(status.id, made)
    value = found.json if isinstance(found.json, dict) else {}
    probe.expect(
        found.status in _NEUTRAL or 300 <= found.status < 400 or value.get(runs["id"]) == made,
        status.id,
        found,
        f"the run {made!r}, which has just been started, is not found by its identifier",
        status.definition["summary"],
    )
    cancel = runs.get("cancel", {}).get("operation")
    if probe.has(cancel) and value.get(runs["state"]) not in runs["final"]:
        probe.call(cancel, made)
