"""The public API gate, on a repository with releases."""

from __future__ import annotations

import pytest
from packaging.version import Version

from releasing import gate
from releasing.change import Step
from releasing.packages import package

from .repository import Repository

CLIENT = "packages/arp-daemon/src/arp_sdk/daemon/_client.py"
CREATE = "codegen/spec/v1/schemas/daemon/instances/instance_create_request.schema.json"


def inspect(repository: Repository, name: str) -> gate.Verdict:
    return gate.inspect(repository.git, package(repository.root, name))


def test_without_a_release_there_is_nothing_to_compare(repository: Repository) -> None:
    assert inspect(repository, "arp-daemon").excuse == "not released yet, nothing to compare"
    told = repository.tool("tools/api.py")
    assert told.returncode == 0
    assert "arp-daemon: not released yet" in told.stdout


def test_nothing_changed_is_a_patch(released: Repository) -> None:
    verdict = inspect(released, "arp-daemon")

    assert verdict.last == Version("1.0.0")
    assert verdict.changes == []


def test_a_removed_method_needs_a_major_version(released: Repository) -> None:
    released.edit(CLIENT, "def list_instances(", "def list_all(")

    verdict = inspect(released, "arp-daemon")

    assert verdict.step is Step.MAJOR
    assert "list_instances" in str(verdict.too_small(Version("1.1.0"))[0])
    assert verdict.too_small(Version("2.0.0")) == []
    assert released.tool("tools/api.py", "arp-daemon").returncode == 1
    released.fragment("arp-daemon", "added")
    assert released.tool("tools/api.py", "arp-daemon").returncode == 1
    released.fragment("arp-daemon", "breaking")
    assert released.tool("tools/api.py", "arp-daemon").returncode == 0


def test_an_added_method_needs_a_minor_version(released: Repository) -> None:
    released.edit(CLIENT, "    def health(", "    def ping(self) -> None: ...\n\n    def health(")

    verdict = inspect(released, "arp-daemon")

    assert verdict.step is Step.MINOR
    assert verdict.too_small(Version("1.0.1"))
    assert verdict.too_small(Version("1.1.0")) == []


def test_it_compares_with_the_last_version_and_not_with_the_last_by_name(
    released: Repository,
) -> None:
    released.git("tag", "arp-daemon-v1.9.0")
    released.edit(CLIENT, "    def health(", "    def ping(self) -> None: ...\n\n    def health(")
    released.commit()
    released.git("tag", "arp-daemon-v1.10.0")

    assert inspect(released, "arp-daemon").changes == []


def test_a_break_on_the_wire_alone_counts_for_client_and_models(released: Repository) -> None:
    released.edit(CREATE, '"minimum": 1,', '"minimum": 2,')

    for name in ("arp-daemon", "arp-core"):
        (change,) = inspect(released, name).changes
        assert change.step is Step.MAJOR
        assert "InstanceCreateRequest.count" in change.what


@pytest.mark.packaging
def test_a_released_client_has_to_fit_a_new_arp_core(released: Repository) -> None:
    assert inspect(released, "arp-core").changes == []
    released.rename("packages/arp-core/src", "_call_raw(", "_call_whole(")

    (change,) = inspect(released, "arp-core").changes

    assert change.step is Step.MAJOR
    assert "arp-daemon-v1.0.0 does not fit" in change.what
    assert "_call_raw" in change.what


@pytest.mark.packaging
def test_a_client_that_does_not_admit_the_next_arp_core_does_not_matter(
    released: Repository,
) -> None:
    released.edit("packages/arp-daemon/pyproject.toml", "arp-core>=1.0,<2", "arp-core>=1.0,<1.1")
    released.commit()
    released.git("tag", "--force", "arp-daemon-v1.0.0")
    released.rename("packages/arp-core/src", "_call_raw(", "_call_whole(")

    assert inspect(released, "arp-core").changes == []
