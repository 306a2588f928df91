"""Violations that are built into a service are found; the service without them has none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from arp_sdk.check import Settings, check
from arp_sdk.check._contract import SERVICES
from arp_sdk.sandbox import Sandbox

from .every_service import every_service
from .mutating import Mutation, mutated
from .mutations import MUTATIONS

pytestmark = [pytest.mark.full, pytest.mark.threads_only("a checker has no asynchronous twin")]
TOKEN = "t0ken-of-mutations"
SETTINGS = Settings(goal="What is (19*23)?", timeout=1, patience=1)


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, str]]:
    box = Sandbox(token=TOKEN, latency=0.02)

    @box.tool
    def double(number: int) -> int:
        """Double a number."""
        return number * 2

    with every_service(box) as urls:
        yield urls


def test_there_are_enough() -> None:
    names = [(each.service, each.name) for each in MUTATIONS]
    assert len(set(names)) == len(names) >= 80
    assert [service for service, _ in names].count("run-gateway") >= 20


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: f"{each.service}-{each.name}")
def test_a_violation_is_found(services: dict[str, str], mutation: Mutation) -> None:
    with mutated(services[mutation.service], mutation) as url:
        report = check(url, token=TOKEN, settings=SETTINGS)
    assert report.service == mutation.service
    assert report.findings


@pytest.mark.parametrize("service", SERVICES)
def test_the_proxy_adds_none(services: dict[str, str], service: str) -> None:
    with mutated(services[service], Mutation("none", service)) as url:
        # On a busy machine, a response may take longer than those of the violations may.
        patient = replace(SETTINGS, timeout=10, patience=10)
        assert check(url, token=TOKEN, settings=patient).findings == []
