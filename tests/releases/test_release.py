"""The release command, from the first release on."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
from pathlib import Path

import pytest
from packaging.version import Version

from releasing import release as command
from releasing.packages import package
from releasing.problem import ReleaseError

from .repository import Repository, clone

CLIENT = "packages/arp-daemon/src/arp_sdk/daemon/_client.py"
DOC = "Return the health of the daemon."


def run(repository: Repository, *arguments: str) -> subprocess.CompletedProcess[str]:
    return repository.tool("tools/release.py", *arguments)


def refusal(repository: Repository, *arguments: str) -> str:
    """What the command says when it refuses, having changed nothing."""
    before = repository.state()
    done = run(repository, *arguments)
    assert done.returncode == 1, done.stdout + done.stderr
    assert repository.state() == before
    return done.stderr


def change(repository: Repository, kind: str) -> None:
    repository.fragment("arp-daemon", kind)
    repository.commit()


@pytest.mark.packaging
def test_a_first_release_from_dry_run_to_rebuild(repository: Repository, tmp_path: Path) -> None:
    before = repository.state()
    tried = run(repository, "arp-core", "1.0.0", "--dry-run")
    assert tried.returncode == 0, tried.stderr
    assert "## 1.0.0 (" in tried.stdout
    assert "nothing was changed" in tried.stdout
    assert repository.state() == before

    done = run(repository, "arp-core", "1.0.0")
    assert done.returncode == 0, done.stderr
    assert "git push --atomic origin HEAD arp-core-v1.0.0" in done.stdout

    git = repository.git
    assert git("cat-file", "-t", "arp-core-v1.0.0") == "tag"
    assert git("rev-parse", "arp-core-v1.0.0^{commit}") == git("rev-parse", "HEAD")
    assert git("rev-parse", "--abbrev-ref", "HEAD") == "main"
    assert git("log", "-1", "--format=%s") == "Release arp-core 1.0.0"
    assert git("status", "--porcelain") == ""
    assert "- All of it." in repository.read("packages/arp-core/CHANGELOG.md")
    assert package(repository.root, "arp-core").fragments == []

    built = sorted((repository.root / "dist/arp-core-1.0.0").iterdir())
    assert [each.name for each in built] == [
        "arp_core-1.0.0-py3-none-any.whl",
        "arp_core-1.0.0.tar.gz",
    ]
    message = git("for-each-ref", "--format=%(contents)", "refs/tags/arp-core-v1.0.0")
    assert "### Added" in message
    for each in built:
        assert f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}" in message
    with tarfile.open(built[1]) as sdist:
        assert {each.mtime for each in sdist} == {int(git("log", "-1", "--format=%ct"))}

    elsewhere = clone(repository, tmp_path / "elsewhere")
    again = elsewhere.tool("tools/rebuild.py", "arp-core-v1.0.0")
    assert again.returncode == 0, again.stderr
    for each in built:
        other = elsewhere.root / "dist/arp-core-1.0.0" / each.name
        assert other.read_bytes() == each.read_bytes()


@pytest.mark.packaging
def test_a_minor_release_and_bytes_that_are_not_its_own(released: Repository) -> None:
    released.edit(CLIENT, DOC, "Tell how the daemon is.")
    released.edit("codegen/spec/v1/openapi/daemon.openapi.yaml", DOC, "Tell how the daemon is.")
    change(released, "changed")
    assert released.tool("codegen/generate.py").returncode == 0
    if released.git("status", "--porcelain"):
        released.commit("Generate")

    done = run(released, "arp-daemon", "minor")

    assert done.returncode == 0, done.stderr
    assert package(released.root, "arp-daemon").version == Version("1.1.0")
    released.git("tag", "--force", "--annotate", "--message", "other", "arp-daemon-v1.1.0")
    again = released.tool("tools/rebuild.py", "arp-daemon-v1.1.0")
    assert again.returncode == 1
    assert "not what arp-daemon-v1.1.0 tells of" in again.stderr


def test_a_dirty_tree_is_refused(released: Repository) -> None:
    released.fragment("arp-daemon", "fixed")

    assert "not committed" in refusal(released, "arp-daemon", "patch", "--dry-run")


def test_nothing_to_tell_is_refused(released: Repository) -> None:
    assert "no fragment tells" in refusal(released, "arp-daemon", "patch")


def test_a_change_without_a_fragment_is_refused(released: Repository) -> None:
    released.edit(
        "packages/arp-core/src/arp_sdk/core/_auth.py",
        '"""',
        '"""\n',
    )
    released.commit()

    assert "without a fragment" in refusal(released, "arp-core", "patch")


def test_a_first_release_says_its_version(repository: Repository) -> None:
    assert "say its first version" in refusal(repository, "arp-core", "minor")


def test_an_arp_core_that_is_not_released_is_refused(repository: Repository) -> None:
    assert "release arp-core first" in refusal(repository, "arp-daemon", "1.0.0")


def test_a_step_that_is_smaller_than_its_fragments_is_refused(released: Repository) -> None:
    change(released, "breaking")

    assert "announce a major release" in refusal(released, "arp-daemon", "minor")


def test_a_step_that_hides_a_break_is_refused(released: Repository) -> None:
    spec = "codegen/spec/v1/openapi/daemon.openapi.yaml"
    released.write(spec, released.read(spec).replace("get_run_trace", "get_trace_of_run"))
    assert released.tool("codegen/generate.py").returncode == 0
    change(released, "added")

    refused = refusal(released, "arp-daemon", "minor", "--dry-run")

    assert "would hide these changes since 1.0.0" in refused
    assert "get_run_trace" in refused


def test_generated_code_that_is_stale_is_refused(released: Repository) -> None:
    released.edit(CLIENT, DOC, "Tell how the daemon is.")
    change(released, "fixed")

    assert "generate.py --check does not pass" in refusal(released, "arp-daemon", "patch")


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("1.0.0", "has been released"),
        ("0.9.0", "has been released"),
        ("2.0", "not a version like 1.2.3"),
        ("2.0.0rc1", "not a version like 1.2.3"),
        ("huge", "neither patch, minor, major nor a version"),
    ],
)
def test_a_version_that_cannot_be_is_refused(released: Repository, step: str, reason: str) -> None:
    with pytest.raises(ReleaseError, match=reason):
        command.next_version(released.git, package(released.root, "arp-daemon"), step)


def test_a_version_that_other_packages_need_is_not_undercut(released: Repository) -> None:
    core = package(released.root, "arp-core")
    core.set_version(Version("1.1.0"))

    with pytest.raises(ReleaseError, match=r"release at least that, not 1\.0\.1"):
        command.next_version(released.git, core, "patch")
    assert command.next_version(released.git, core, "minor") == Version("1.1.0")


def test_a_tag_of_another_branch_is_not_made_again(released: Repository) -> None:
    released.git("switch", "--quiet", "--create", "other")
    change(released, "fixed")
    released.git("tag", "arp-daemon-v1.0.1")
    released.git("switch", "--quiet", "main")

    assert "a tag arp-daemon-v1.0.1 already" in refusal(released, "arp-daemon", "patch")


def test_an_unknown_package_is_refused(released: Repository) -> None:
    assert "there are arp-core, arp-daemon" in refusal(released, "arp-deamon", "patch")
