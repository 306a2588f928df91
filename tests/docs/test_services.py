"""The services on the page about services of one's own conform to the contract."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from arp_sdk.check import Settings, check
from first_party.environment import REPOSITORY
from server.services import served
from support.pages import programs_on

pytestmark = pytest.mark.threads_only("arp-check brings its own client")

PROGRAMS = [text for text, _ in programs_on(REPOSITORY / "docs" / "your-own-service.md")]


@pytest.mark.parametrize(("service", "number"), [("tool-registry", 0), ("runtime", 1)])
def test_a_complete_service(tmp_path: Path, service: str, number: int) -> None:
    path = tmp_path / "service.py"
    path.write_text(PROGRAMS[number], encoding="utf-8")

    with served(runpy.run_path(str(path))["application"]) as server:
        report = check(server.url, settings=Settings(goal="one two three four five six"))

    assert (report.service, list(report.findings)) == (service, [])
