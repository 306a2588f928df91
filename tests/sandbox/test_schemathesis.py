"""Valid and invalid requests that schemathesis derives from the contract."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from arp_sdk.sandbox import Sandbox
from sandbox import checkers

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",
)
LEAST_CASES = {"tool-registry": 50, "runtime": 150, "daemon": 400}


@pytest.mark.full
@pytest.mark.skipif(sys.version_info < (3, 11), reason="the checker needs Python 3.11")
@pytest.mark.parametrize("service", LEAST_CASES)
def test_service(service: str, tmp_path: Path) -> None:
    configuration = tmp_path / "schemathesis.toml"
    switches = "".join(f"{check}.enabled = true\n" for check in CHECKS)
    text = CONFIGURATION.read_text(encoding="utf-8")
    configuration.write_text(f"seed = 1\n[checks]\n{switches}\n{text}", encoding="utf-8")

    with Sandbox(token="t0ken", latency=0) as box:
        ran = checkers.run(
            checkers.SCHEMATHESIS,
            *("st", "--config-file", str(configuration), "run"),
            str(checkers.CONTRACT / f"{service}.openapi.yaml"),
            *("--url", checkers.urls(box)[service], "--header", "Authorization: Bearer t0ken"),
            *("--max-examples", "30", "--warnings", "off", "--no-color"),
            cwd=tmp_path,
        )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = re.search(r"(\d+) generated, (\d+) passed", ran.stdout)
    assert found is not None, ran.stdout
    assert int(found[2]) >= LEAST_CASES[service]
