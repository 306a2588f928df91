"""The settings of the manifest are in every generated distribution."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codegen.mutation import DOCUMENT, mutated, read
from codegen.places import OURS
from codegen.runs import manifest
from pipeline import ir
from pipeline.distribution.project_files import ProjectFiles
from pipeline.errors import ContractError
from pipeline.load.manifest import read_manifest

CLIENTS = ("arp-daemon", "arp-runtime", "arp-tool-registry")
UMBRELLA = "arp-standard-py"
TURBO = 'turbo = ["engine>=2"]'


@pytest.fixture(scope="module")
def api() -> ir.Api:
    return read(OURS)


def project_files(folder: Path, **changes: Any) -> ProjectFiles:
    """The project files by our manifest with changes."""
    return ProjectFiles(read_manifest(manifest(folder, **changes)))


def settings(files: ProjectFiles, api: ir.Api) -> dict[str, list[str]]:
    """The lines of each pyproject.toml, by distribution."""
    return {path.parts[1]: text.splitlines() for path, text in files.pyprojects(api).items()}


def optional(lines: list[str]) -> list[str]:
    """The lines of the extras in a pyproject.toml."""
    start = lines.index("[project.optional-dependencies]") + 1
    return lines[start : lines.index("", start)]


def test_urls_are_in_every_distribution(api: ir.Api, tmp_path: Path) -> None:
    urls = {
        "Source": "https://forge.example/sdk",
        "Release notes": "https://forge.example/{distribution}/CHANGELOG.md",
    }
    found = settings(project_files(tmp_path, project={"urls": urls}), api)
    assert set(found) == {*CLIENTS, UMBRELLA}
    for name, lines in found.items():
        start = lines.index("[project.urls]")
        assert lines[start + 1 : start + 4] == [
            '"Source" = "https://forge.example/sdk"',
            f'"Release notes" = "https://forge.example/{name}/CHANGELOG.md"',
            "",
        ]


def test_without_urls_there_is_no_table_of_them(api: ir.Api, tmp_path: Path) -> None:
    found = settings(project_files(tmp_path, project={"urls": {}}), api)
    assert [name for name, lines in found.items() if "[project.urls]" in lines] == []


def test_the_umbrella_passes_on_the_extras_of_all_clients(api: ir.Api, tmp_path: Path) -> None:
    extras = {
        "x-arp-long-running": {"turbo": ["engine>=2"]},
        "x-arp-stream": {"quiet": ["damper"]},
    }
    core = {"extras": ["swift"]}
    found = settings(project_files(tmp_path, core=core, extras=extras), api)
    assert optional(found[UMBRELLA]) == [
        "swift = [",
        *(f'    "{name}[swift]>=1.0,<2",' for name in CLIENTS),
        "]",
        "server = [",
        *(f'    "{name}[server]>=1.0,<2",' for name in CLIENTS),
        "]",
        "turbo = [",
        '    "arp-daemon[turbo]>=1.0,<2",',
        '    "arp-runtime[turbo]>=1.0,<2",',
        "]",
        'quiet = ["arp-runtime[quiet]>=1.0,<2"]',
        'validate = ["arp-tool-registry[validate]>=1.0,<2"]',
    ]
    server = 'server = ["arp-server>=1.0,<2"]'
    assert optional(found["arp-daemon"]) == ['swift = ["arp-core[swift]>=1.0,<2"]', server, TURBO]


def test_a_client_may_be_a_major_version_ahead(api: ir.Api, tmp_path: Path) -> None:
    exceptions = {"exceptions": {"arp-tool-registry": ">=2.1,<3"}}
    lines = settings(project_files(tmp_path, umbrella=exceptions), api)[UMBRELLA]
    assert '    "arp-tool-registry>=2.1,<3",' in lines
    assert 'validate = ["arp-tool-registry[validate]>=2.1,<3"]' in lines
    assert '    "arp-daemon>=1.0,<2",' in lines


def test_core_is_required_in_one_range(api: ir.Api, tmp_path: Path) -> None:
    files = project_files(tmp_path, core={"requirement": ">=1.4,<2"})
    found = settings(files, api)
    assert '    "arp-core>=1.4,<2",' in found[UMBRELLA]
    for name in CLIENTS:
        assert 'dependencies = ["arp-core>=1.4,<2"]' in found[name]


def test_without_an_umbrella_there_is_none(api: ir.Api, tmp_path: Path) -> None:
    files = project_files(tmp_path, umbrella=None)
    assert set(settings(files, api)) == set(CLIENTS)
    assert {path.parts[1] for path in files.seeds(api)} == set(CLIENTS)


def test_the_umbrella_has_the_seeds_of_a_distribution(api: ir.Api, tmp_path: Path) -> None:
    seeds = project_files(tmp_path).seeds(api)
    assert {path.name for path in seeds if path.parts[1] == UMBRELLA} == {
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        "_version.py",
    }


def test_a_service_cannot_be_the_umbrella(tmp_path: Path) -> None:
    root = mutated(tmp_path)
    (root / DOCUMENT).rename(root / "openapi" / "standard-py.openapi.yaml")
    with pytest.raises(ContractError, match="would be arp-standard-py, which is the umbrella"):
        read(root)
