"""What the manifest says ends up in every distribution that is generated."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegen.places import CONTRACTS, OURS, REPOSITORY
from codegen.runs import run

MANIFEST = REPOSITORY / "codegen" / "manifest.yaml"
CLIENTS = ("arp-daemon", "arp-runtime", "arp-tool-registry")
UMBRELLA = "arp-standard-py"
TURBO = 'turbo = ["engine>=2"]'


def generated(folder: Path, **changes: Any) -> Path:
    """Our contract's packages, by our manifest with changes."""
    manifest = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    for name, change in changes.items():
        there = manifest[name]
        manifest[name] = {**there, **change} if isinstance(change, dict) else change
    path = folder / "manifest.yaml"
    path.write_text(yaml.safe_dump(manifest, sort_keys=False), encoding="utf-8")
    done = run("--spec", OURS, "--out", folder, "--manifest", path)
    assert done.returncode == 0, done.stderr
    return folder


def settings(root: Path, distribution: str) -> list[str]:
    """The lines of its pyproject.toml."""
    path = root / "packages" / distribution / "pyproject.toml"
    return path.read_text(encoding="utf-8").splitlines()


def optional(root: Path, distribution: str) -> list[str]:
    """The lines of its extras."""
    lines = settings(root, distribution)
    start = lines.index("[project.optional-dependencies]") + 1
    return lines[start : lines.index("", start)]


def test_addresses_are_in_every_distribution(tmp_path: Path) -> None:
    urls = {
        "Source": "https://forge.example/sdk",
        "Release notes": "https://forge.example/{distribution}/CHANGELOG.md",
    }
    root = generated(tmp_path, project={"urls": urls})
    for name in (*CLIENTS, UMBRELLA):
        lines = settings(root, name)
        start = lines.index("[project.urls]")
        assert lines[start + 1 : start + 4] == [
            '"Source" = "https://forge.example/sdk"',
            f'"Release notes" = "https://forge.example/{name}/CHANGELOG.md"',
            "",
        ]


def test_without_addresses_there_is_no_table_of_them(tmp_path: Path) -> None:
    root = generated(tmp_path, project={"urls": {}})
    for name in (*CLIENTS, UMBRELLA):
        assert "[project.urls]" not in settings(root, name)


def test_the_umbrella_passes_on_the_extras_of_all_clients(tmp_path: Path) -> None:
    extras = {
        "arp-daemon": {"turbo": ["engine>=2"]},
        "arp-runtime": {"turbo": ["engine>=2"], "quiet": ["damper"]},
        "arp-sandbox": {"loud": ["horn"]},
    }
    root = generated(tmp_path, core_extras=["swift"], extras=extras)
    assert optional(root, UMBRELLA) == [
        "swift = [",
        *(f'    "{name}[swift]>=1.0,<2",' for name in CLIENTS),
        "]",
        "turbo = [",
        '    "arp-daemon[turbo]>=1.0,<2",',
        '    "arp-runtime[turbo]>=1.0,<2",',
        "]",
        'quiet = ["arp-runtime[quiet]>=1.0,<2"]',
        'validate = ["arp-tool-registry[validate]>=1.0,<2"]',
    ]
    assert optional(root, "arp-daemon") == ['swift = ["arp-core[swift]>=1.0,<2"]', TURBO]


def test_a_client_may_be_a_major_version_ahead(tmp_path: Path) -> None:
    root = generated(tmp_path, umbrella={"exceptions": {"arp-tool-registry": ">=2.1,<3"}})
    lines = settings(root, UMBRELLA)
    assert '    "arp-tool-registry>=2.1,<3",' in lines
    assert 'validate = ["arp-tool-registry[validate]>=2.1,<3"]' in lines
    assert '    "arp-daemon>=1.0,<2",' in lines


def test_core_is_required_in_one_range(tmp_path: Path) -> None:
    root = generated(tmp_path, project={"core_requirement": ">=1.4,<2"})
    assert '    "arp-core>=1.4,<2",' in settings(root, UMBRELLA)
    for name in CLIENTS:
        assert 'dependencies = ["arp-core>=1.4,<2"]' in settings(root, name)


def test_without_an_umbrella_there_is_none(tmp_path: Path) -> None:
    root = generated(tmp_path, umbrella=None)
    assert {path.name for path in (root / "packages").iterdir()} == {"arp-core", *CLIENTS}


@pytest.mark.parametrize("gone", ["README.md", "CHANGELOG.md", "LICENSE", "_version.py"])
def test_the_umbrella_is_started_once(tmp_path: Path, gone: str) -> None:
    root = generated(tmp_path)
    path = root / "packages" / UMBRELLA / gone
    first = path.read_text(encoding="utf-8")
    path.write_text("by hand", encoding="utf-8")
    assert generated(root) and path.read_text(encoding="utf-8") == "by hand"
    path.unlink()
    assert generated(root) and path.read_text(encoding="utf-8") == first


def test_a_service_cannot_be_the_umbrella(tmp_path: Path) -> None:
    contract = shutil.copytree(CONTRACTS / "tiny", tmp_path / "contract") / "openapi"
    (contract / "shop.openapi.yaml").rename(contract / "standard-py.openapi.yaml")
    done = run("--spec", tmp_path / "contract", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "makes the distribution arp-standard-py" in done.stderr
