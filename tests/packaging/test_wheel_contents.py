from __future__ import annotations

from collections import Counter

import pytest

from .archives import Wheel

pytestmark = pytest.mark.full


def test_no_wheel_owns_the_namespace(wheel: Wheel) -> None:
    assert {name for name in wheel.modules if name.count("/") < 2} == set()


def test_a_wheel_holds_its_leaf_packages_only(wheel: Wheel) -> None:
    # A folder inside a leaf is part of it.
    folders = [f"{leaf.replace('.', '/')}/" for leaf in wheel.distribution.leaves]
    assert [name for name in wheel.modules if not name.startswith(tuple(folders))] == []
    assert all(any(name.startswith(each) for name in wheel.modules) for each in folders)


def test_every_leaf_package_says_that_it_is_typed(wheel: Wheel) -> None:
    for leaf in wheel.distribution.leaves:
        assert leaf.replace(".", "/") + "/py.typed" in wheel.modules


def test_a_wheel_holds_nothing_but_modules_and_markers(wheel: Wheel) -> None:
    for name in wheel.modules:
        is_of_the_page = name.startswith("arp_sdk/cli/_web/")
        assert name.endswith((".py", "/py.typed", "/openapi.json")) or is_of_the_page
        assert not any(part.startswith("test") for part in name.split("/"))
        assert "__pycache__" not in name


def test_a_wheel_holds_the_sources_as_they_are(wheel: Wheel) -> None:
    source = wheel.distribution.folder / "src"
    contents = wheel.contents
    expected = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name: contents[name] for name in wheel.modules} == expected


def test_no_two_wheels_write_the_same_file(wheels: list[Wheel]) -> None:
    written = Counter(name for wheel in wheels for name in wheel.modules)
    assert [name for name, count in written.items() if count > 1] == []
