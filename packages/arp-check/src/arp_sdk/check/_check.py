"""The check of one service, from its address to a report."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from arp_sdk.errors import ArpConfigError, ArpConnectionError

from ._contract import SERVICES, contract_of
from ._exchange import Sender
from ._probe import Probe, UnusableError
from ._property import check_properties, require
from ._report import Report
from ._scenarios import SCENARIOS


@dataclass(frozen=True)
class Settings:
    """Settings of a check.

    Attributes:
        service: Name of the service, such as `daemon` or `run-gateway`; by default, what the
            service turns out to be.
        read_only: True to send no request that changes something.
        goal: Goal of the runs that are submitted.
        request: Values for the properties of requests, by name, such as a `root_node_type_ref`
            that the service knows.
        timeout: Seconds that a response may take.
        patience: Seconds that a run or an instance may take.
        property: True to send generated requests as well, for which the extra `property` of
            arp-check is needed.
        examples: Number of valid and of invalid requests that are drawn for each operation,
            besides those for each bound and keyword of the schemas.
    """

    service: str | None = None
    read_only: bool = False
    goal: str = "hello"
    request: Mapping[str, Any] = field(default_factory=dict)
    timeout: float = 10.0
    patience: float = 30.0
    property: bool = False
    examples: int = 25


def check(base_url: str, *, token: str | None = None, settings: Settings | None = None) -> Report:
    """Check a service against the contract.

    It submits runs, writes profiles, launches instances and invokes tools, and removes what can be
    removed; with `read_only`, it only reads.

    Args:
        base_url: URL of the service, without `/v1`.
        token: A bearer token, or None.
        settings: Settings of the check.

    Returns:
        A report with the findings.

    Raises:
        ArpConfigError: If a setting cannot be used, or schemathesis is needed and not installed.
        ArpConnectionError: If there is no service at the URL.
    """
    settings = settings or Settings()
    if not base_url.startswith(("http://", "https://")):
        raise ArpConfigError("base_url must be a URL such as http://127.0.0.1:8000")
    if settings.property:
        require()
    sender = Sender(base_url.rstrip("/"), token, settings.timeout)
    with sender.session:
        service = settings.service or _detected(sender)
        if service not in SERVICES:
            raise ArpConfigError(f"service must be one of {', '.join(SERVICES)}, not {service!r}")
        contract = contract_of(service)
        probe = Probe(sender, contract, settings.goal, settings.request, settings.patience)
        with _instance_for_runs(probe, settings.read_only):
            checks = list(_run(probe, settings.read_only))
            if settings.property:
                checks += check_properties(probe, settings.examples, read_only=settings.read_only)
    return Report(service, sender.base_url, checks, probe.findings, skipped=probe.skipped)


def _run(probe: Probe, read_only: bool) -> Iterator[str]:
    for scenario in SCENARIOS:
        if (scenario.changes and read_only) or not all(map(probe.has, scenario.needs)):
            continue
        probe.check = scenario.name
        try:
            scenario.run(probe)
        except UnusableError:
            pass
        except (AttributeError, KeyError, TypeError):
            # A value that is not of its declared type, which was reported, cannot be used further.
            if not probe.findings:
                raise
        yield scenario.name


@contextmanager
def _instance_for_runs(probe: Probe, read_only: bool) -> Iterator[None]:
    """Launch an instance if a daemon has none that runs can be sent to, and remove it again."""
    made: list[str] = []
    if probe.has("create_instances") and not read_only:
        listed = probe.call("list_instances").json
        instances = listed.get("instances") if isinstance(listed, dict) else None
        if instances == []:
            body = {"runtime_profile": "default", "count": 1}
            launched = probe.call("create_instances", body=body).json
            if isinstance(launched, dict):
                made = [str(each.get("instance_id")) for each in launched.get("instances", [])]
    try:
        yield
    finally:
        for id_ in made:
            probe.call("delete_instance", id_)


def _detected(sender: Sender) -> str:
    """Return the service whose operations there are at the address.

    Raises:
        ArpConnectionError: If no service responds.
        ArpConfigError: If the responses do not tell.
    """
    if sender.send("GET", "/v1/health").status == 0:
        raise ArpConnectionError(f"no service responds at {sender.base_url}: check the URL")
    paths = {
        service: {each.path for each in operations if not each.is_public}
        for service in SERVICES
        for operations in [contract_of(service).operations.values()]
    }
    lists = {
        each.path
        for service in SERVICES
        for each in contract_of(service).operations.values()
        if each.method == "GET" and not each.parameters
    }
    every = set().union(*paths.values())
    found = {path for path in every if _exists(sender, path, "GET" if path in lists else "OPTIONS")}
    fits = {service: len(own & found) - len(own - found) for service, own in paths.items()}
    best = max(SERVICES, key=lambda service: fits[service])
    if found == every or not paths[best] & found:
        raise ArpConfigError(
            f"the service at {sender.base_url} has {'all' if found else 'no'} operations of ARP, "
            "so it is not clear which service it is: name it with --service (`service`)"
        )
    return best


def _exists(sender: Sender, path: str, method: str) -> bool:
    """Return whether a service has a path, by a request that is safe whatever it means."""
    exchange = sender.send(method, re.sub(r"\{\w+\}", "arp-check-unknown", path))
    is_error = isinstance(exchange.json, dict) and "error" in exchange.json
    is_success = 200 <= exchange.status < 300 and not is_error
    return is_success or exchange.status in (401, 403, 405)
