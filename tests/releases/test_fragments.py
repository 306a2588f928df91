"""Every change that users get is told of in a fragment."""

from __future__ import annotations

from datetime import date

import pytest
import tomli
from packaging.version import Version

from releasing import fragments
from releasing.change import Step
from releasing.packages import package
from releasing.problem import ReleaseError

from .repository import TREE, Repository

SOURCE = "packages/arp-daemon/src/arp_sdk/daemon/_client.py"


def complaint(repository: Repository, since: str | None = None) -> str:
    return fragments.complaint(repository.git, package(repository.root, "arp-daemon"), since)


def test_towncrier_knows_the_same_kinds() -> None:
    settings = tomli.loads((TREE / "towncrier.toml").read_text(encoding="utf-8"))
    kinds = [each["directory"] for each in settings["tool"]["towncrier"]["type"]]

    assert kinds == list(fragments.KINDS)
    assert settings["tool"]["towncrier"]["start_string"] == fragments.START


@pytest.mark.parametrize("committed", [True, False])
def test_a_change_needs_one(released: Repository, committed: bool) -> None:
    assert complaint(released) == ""
    released.write(SOURCE, released.read(SOURCE) + "# A comment.\n")
    if committed:
        released.commit()

    assert SOURCE in complaint(released)
    released.fragment("arp-daemon", "fixed")
    assert complaint(released) == ""


def test_so_does_a_new_file_and_another_requirement(released: Repository) -> None:
    released.write("packages/arp-daemon/src/arp_sdk/daemon/_more.py", "")
    assert "_more.py" in complaint(released)
    (released.root / "packages/arp-daemon/src/arp_sdk/daemon/_more.py").unlink()
    assert complaint(released) == ""

    released.edit("packages/arp-daemon/pyproject.toml", "arp-core>=1.0", "arp-core>=1.1")
    assert "pyproject.toml" in complaint(released)


def test_what_users_do_not_get_needs_none(released: Repository) -> None:
    released.write("packages/arp-daemon/README.md", "# arp-daemon\n")
    released.write("packages/arp-daemon/tests/test_more.txt", "")
    released.write("tests/test_daemon.py", "")
    released.write("packages/arp-daemon/src/arp_sdk/daemon/_version.py", '__version__ = "1.1.0"\n')

    assert complaint(released) == ""


def test_an_older_fragment_does_not_tell_of_a_later_change(released: Repository) -> None:
    released.fragment("arp-daemon", "fixed")
    released.commit()
    before = released.git("rev-parse", "HEAD")
    released.write(SOURCE, released.read(SOURCE) + "# A comment.\n")
    released.commit()

    assert complaint(released) == ""
    assert SOURCE in complaint(released, before)
    told = released.tool("tools/changes.py", "--since", before)
    assert told.returncode == 1
    assert SOURCE in told.stdout
    released.write("packages/arp-daemon/changes/another.fixed.md", "Something else.\n")
    assert released.tool("tools/changes.py", "--since", before).returncode == 0


def test_a_package_needs_one_before_its_first_release(repository: Repository) -> None:
    assert complaint(repository) == ""
    (repository.root / "packages/arp-daemon/changes/first.added.md").unlink()

    assert "never been released" in complaint(repository)
    assert repository.tool("tools/changes.py").returncode == 1


@pytest.mark.parametrize("name", ["a.bug.md", "added.md", "a.b.added.md"])
def test_a_fragment_without_a_kind_is_refused(released: Repository, name: str) -> None:
    released.write(f"packages/arp-daemon/changes/{name}", "Something.\n")

    with pytest.raises(ReleaseError, match=r"<subject>\.<kind>\.md"):
        complaint(released)


def test_an_empty_fragment_is_refused(released: Repository) -> None:
    released.write("packages/arp-daemon/changes/a.added.md", "\n")

    assert "is empty" in complaint(released)


def test_the_kinds_announce_a_step(released: Repository) -> None:
    daemon = package(released.root, "arp-daemon")
    for kind, step in (("fixed", Step.PATCH), ("added", Step.MINOR), ("breaking", Step.MAJOR)):
        released.fragment("arp-daemon", kind)
        assert fragments.announced(daemon) is step


def test_the_changelog_is_made_of_them(released: Repository) -> None:
    daemon = package(released.root, "arp-daemon")
    released.write("packages/arp-daemon/changes/b.fixed.md", "A lock\nis released.\n")
    released.write("packages/arp-daemon/changes/a.added.md", "`DaemonClient.ping`.\n")

    told = fragments.assemble(released.root, daemon, Version("1.1.0"), date(2026, 2, 3))

    assert told == (
        "## 1.1.0 (2026-02-03)\n\n### Added\n\n- `DaemonClient.ping`.\n\n"
        "### Fixed\n\n- A lock\n  is released.\n"
    )
    assert daemon.changelog.read_text(encoding="utf-8") == (
        "# Changelog of arp-daemon\n\n"
        "Versions follow [semantic versioning](https://semver.org).\n\n"
        f"{fragments.START}\n{told}\n"
        "## 1.0.0 (2026-01-02)\n\n### Added\n\n- All of it.\n"
    )
    assert daemon.fragments == []
