from __future__ import annotations

from packaging.version import Version

from releasing.packages import package
from releasing.tags import last_release, missing_tags, releases

from .repository import Repository


def test_versions_are_in_their_order_and_not_in_that_of_their_letters(
    released: Repository,
) -> None:
    for version in ("1.9.0", "1.10.0", "1.2.3"):
        released.git("tag", f"arp-daemon-v{version}")

    found = releases(released.git, "arp-daemon")

    assert [str(each) for each in found] == ["1.0.0", "1.2.3", "1.9.0", "1.10.0"]
    assert last_release(released.git, "arp-daemon") == Version("1.10.0")
    assert last_release(released.git, "arp-daemon", below=Version("1.9.0")) == Version("1.2.3")


def test_other_tags_are_none_of_its_releases(released: Repository) -> None:
    for label in ("arp-daemon-v2", "arp-daemon-v3.0.0rc1", "arp-daemon-vim-v9.0.0", "v9.0.0"):
        released.git("tag", label)

    assert releases(released.git, "arp-daemon") == [Version("1.0.0")]


def test_a_release_of_another_branch_does_not_count(released: Repository) -> None:
    released.git("switch", "--quiet", "--create", "other")
    released.write("a-file", "")
    released.commit()
    released.git("tag", "arp-daemon-v1.1.0")
    released.git("switch", "--quiet", "main")

    assert last_release(released.git, "arp-daemon") == Version("1.0.0")


def test_a_clone_without_tags_is_told_from_a_package_without_releases(
    released: Repository,
) -> None:
    runtime = package(released.root, "arp-runtime")
    daemon = package(released.root, "arp-daemon")
    assert missing_tags(released.git, runtime) == missing_tags(released.git, daemon) == ""

    released.git("tag", "--delete", "arp-daemon-v1.0.0")

    assert "1.0.0" in missing_tags(released.git, daemon)
    for tool in ("api", "changes"):
        assert released.tool(f"tools/{tool}.py").returncode == 0
    refused = released.tool("tools/release.py", "arp-daemon", "1.0.1", "--dry-run")
    assert refused.returncode == 1
    assert "git fetch --tags" in refused.stderr
