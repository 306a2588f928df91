"""Pages stay right while a list changes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arp_sdk.server import ServiceError, page


def rest(items: set[int], token: str | None, size: int) -> list[int]:
    found: list[int] = []
    while True:
        some, token = page(items, size, token, key=lambda item: item, of="numbers")
        found += some
        if token is None:
            return found


@given(
    st.sets(st.integers()),
    st.sets(st.integers()),
    st.sets(st.integers()),
    st.integers(1, 5),
)
def test_changes_neither_repeat_nor_lose_items(
    items: set[int], added: set[int], deleted: set[int], size: int
) -> None:
    first, token = page(items, size, None, key=lambda item: item, of="numbers")
    now = (items | added) - deleted
    seen = first if token is None else first + rest(now, token, size)

    assert seen == sorted(set(seen))
    if token is not None:
        assert {item for item in now if item > first[-1]} == set(seen[len(first) :])


@pytest.mark.parametrize("key", [lambda item: str(item), lambda item: (str(item), item)])
def test_a_token_is_for_one_list(key: Any) -> None:
    _, token = page([1, 2], 1, None, key=key, of="a")
    assert token is not None

    assert page([1, 2], 1, token, key=key, of="a") == ([2], None)
    for other in ("", "x", token[:-1], f"{token}A", token.swapcase(), "\u00fc", "=" * 9):
        with pytest.raises(ServiceError, match="did not issue"):
            page([1, 2], 1, other, key=key, of="a")
    with pytest.raises(ServiceError, match="did not issue"):
        page([1, 2], 1, token, key=key, of="b")
    with pytest.raises(ServiceError, match="did not issue"):
        page([1, 2], 1, token, key=lambda item: item, of="a")
