"""Write the software bill of materials of a built distribution: CycloneDX, as JSON.

`python tools/supply/sbom.py dist/arp_daemon-1.2.0-py3-none-any.whl -o sbom.json` lists what the
wheel resolves to today: names, versions, licences, hashes. Other wheels of ours that are not on
an index yet are found with `--find-links`. The same versions make the same bytes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name, parse_wheel_filename

SCHEMA = SchemaVersion.V1_6


def main() -> int:
    """Write the bill of materials of the wheel that the arguments name."""
    parser = argparse.ArgumentParser(description="Write the bill of materials of a wheel.")
    parser.add_argument("wheel", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True, help="the file to write")
    parser.add_argument("--find-links", type=Path, action="append", default=[], metavar="FOLDER")
    arguments = parser.parse_args()
    arguments.output.write_text(bill(arguments.wheel, arguments.find_links), encoding="utf-8")
    return 0


def bill(wheel: Path, find_links: Sequence[Path] = ()) -> str:
    """The bill of materials of a wheel.

    Args:
        wheel: The file.
        find_links: Folders with other wheels that it may need.

    Raises:
        ValueError: If what is made does not fit the schema of CycloneDX.
    """
    with tempfile.TemporaryDirectory() as name:
        environment, report = Path(name, "environment"), Path(name, "report.json")
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", environment],
            check=True,
        )
        python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        links = [part for folder in find_links for part in ("--find-links", folder.resolve())]
        install = ("install", "--quiet", "--no-warn-script-location", "--report", report)
        subprocess.run(
            [sys.executable, "-m", "pip", "--python", python, *install, *links, wheel.resolve()],
            check=True,
        )
        command = (
            *(sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"),
            *("--spec-version", SCHEMA.to_version(), "--no-validate", python),
        )
        made = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        installed = json.loads(report.read_text(encoding="utf-8"))["install"]
    document = _completed(json.loads(made), wheel, _hashes(installed))
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    error = JsonStrictValidator(SCHEMA).validate_str(text)
    if error is not None:
        raise ValueError(f"the bill of materials does not fit the schema: {error}")
    return text


def _completed(document: dict[str, Any], wheel: Path, hashes: dict[str, str]) -> dict[str, Any]:
    """The document with hashes, with the wheel as its subject, and nothing of this machine."""
    name, version, _, _ = parse_wheel_filename(wheel.name)
    components = document["components"]
    for component in components:
        found = hashes[canonicalize_name(component["name"])]
        component["hashes"] = [{"alg": "SHA-256", "content": found}]
        component["externalReferences"] = [
            each
            for each in component.get("externalReferences", [])
            if not each["url"].startswith("file:")
        ]
    (subject,) = [each for each in components if canonicalize_name(each["name"]) == name]
    if subject["version"] != str(version):
        raise ValueError(f"{wheel.name} was asked for, {subject['version']} is installed")
    components.remove(subject)
    document["metadata"]["component"] = {**subject, "type": "library"}
    return document


def _hashes(installed: list[dict[str, Any]]) -> dict[str, str]:
    """The hash of the file that each package was installed from, as pip reports it."""
    found: dict[str, str] = {}
    for each in installed:
        source = each["download_info"]
        hashes = source["archive_info"].get("hashes", {})
        found[canonicalize_name(each["metadata"]["name"])] = hashes["sha256"]
    return found


if __name__ == "__main__":
    sys.exit(main())
