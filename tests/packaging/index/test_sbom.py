"""The bill of materials of a wheel names what it resolves to, and nothing of the machine."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename

from supply import sbom

from .versions import CORE_10, DAEMON_10

pytestmark = pytest.mark.packaging


@pytest.fixture
def folders(releases: Path, others: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Where everything is that the wheels need; nothing comes from elsewhere."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONSTRAINT", "")
    return [releases, others]


def test_names_versions_licenses_hashes(folders: list[Path], releases: Path, others: Path) -> None:
    # The newest arp-core in its range is what it resolves to.
    made = json.loads(sbom.bill(DAEMON_10.wheel(releases), folders))
    subject = made["metadata"]["component"]
    assert (subject["name"], subject["version"]) == ("arp-daemon", "1.0.0")
    components = {each["name"]: each for each in made["components"]}
    assert components["arp-core"]["version"] == "1.1.0"
    files = [*others.glob("*.whl"), releases / "arp_core-1.1.0-py3-none-any.whl"]
    assert {each.replace("_", "-") for each in components} == {
        parse_wheel_filename(path.name)[0] for path in files
    }
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert {each["hashes"][0]["content"] for each in components.values()} == digests
    assert all(each["licenses"] for each in [subject, *components.values()])
    depends = {each["ref"]: each.get("dependsOn", []) for each in made["dependencies"]}
    assert depends[subject["bom-ref"]] == [components["arp-core"]["bom-ref"]]


def test_the_same_versions_make_the_same_bytes(folders: list[Path], releases: Path) -> None:
    wheel = CORE_10.wheel(releases)
    first = sbom.bill(wheel, folders)
    assert sbom.bill(wheel, folders[::-1]) == first
    assert "timestamp" not in first
    assert "serialNumber" not in first
    assert str(releases.parent) not in first
