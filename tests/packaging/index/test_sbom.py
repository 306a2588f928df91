"""The bill of materials of a wheel names what it resolves to, and nothing of the machine."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename

from supply import sbom

from .versions import DAEMON_10

pytestmark = pytest.mark.packaging


@pytest.fixture
def folders(releases: Path, others: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Where everything is that the wheels need; nothing comes from elsewhere."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONSTRAINT", "")
    return [releases, others]


def test_it_names_what_it_resolves_to_and_is_reproducible(
    folders: list[Path], releases: Path, others: Path
) -> None:
    # The newest arp-core in its range is what it resolves to.
    text = sbom.bill(DAEMON_10.wheel(releases), folders)
    made = json.loads(text)
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

    assert sbom.bill(DAEMON_10.wheel(releases), folders[::-1]) == text
    assert "timestamp" not in text
    assert "serialNumber" not in text
    assert str(releases.parent) not in text
