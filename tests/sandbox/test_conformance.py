"""The standard's own checker finds nothing to complain of, and leaves nothing out."""

from __future__ import annotations

import json
import sys

import pytest

from arp_sdk.sandbox import Sandbox
from sandbox import checkers

# It resolves references of the scheme `arp`, which urllib has to be told is a hierarchical one.
CHECK = """
import sys, urllib.parse
urllib.parse.uses_relative.append("arp")
urllib.parse.uses_netloc.append("arp")
from arp_conformance.cli import main
sys.exit(main())
"""


@pytest.mark.full
@pytest.mark.skipif(sys.version_info < (3, 11), reason="the checker needs Python 3.11")
@pytest.mark.parametrize(
    ("service", "least_checks"), [("tool-registry", 10), ("runtime", 12), ("daemon", 21)]
)
def test_service(service: str, least_checks: int) -> None:
    with Sandbox(latency=0.001) as box:
        ran = checkers.run(
            checkers.CONFORMANCE,
            *("python", "-c", CHECK, "check", service, "--url", checkers.urls(box)[service]),
            *("--tier", "deep", "--allow-mutations", "--strict", "--poll-interval", "0.01"),
            *("--format", "json"),
        )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    results = json.loads(ran.stdout)["results"]
    assert {result["status"] for result in results} == {"PASS"}
    assert not [result for result in results if result["errors"]]
    assert len(results) >= least_checks
