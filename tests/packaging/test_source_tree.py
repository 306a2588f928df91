from __future__ import annotations

from pathlib import Path

import pytest

from .sources import REPOSITORY, WITH_CODE, Distribution

pytestmark = pytest.mark.full

each_distribution = pytest.mark.parametrize(
    "distribution", WITH_CODE, ids=[each.name for each in WITH_CODE]
)


def test_no_source_folder_owns_the_namespace() -> None:
    assert list((REPOSITORY / "packages").glob("*/src/*.py")) == []
    assert list((REPOSITORY / "packages").glob("*/src/arp_sdk/*.py*")) == []


@each_distribution
def test_the_namespace_is_all_that_a_source_folder_holds(distribution: Distribution) -> None:
    found = [path.name for path in (distribution.folder / "src").iterdir()]
    assert found == ["arp_sdk"]


@each_distribution
def test_every_folder_of_the_namespace_is_a_typed_package(distribution: Distribution) -> None:
    for leaf in distribution.leaves:
        assert (distribution.folder / "src" / Path(*leaf.split(".")) / "py.typed").is_file()
    modules = list(distribution.namespace.rglob("*.py"))
    assert [path for path in modules if not (path.parent / "__init__.py").is_file()] == []
