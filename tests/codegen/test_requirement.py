"""The range of arp-core that a client declares follows from what its code uses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.problem import ContractError
from pipeline.requirement import CORE_PACKAGES, Record, at_least, read_record, write_record
from pipeline.uses import symbols_used

MODULES = [f"arp_sdk.{each}" for each in CORE_PACKAGES]
PROGRAM = """
from arp_sdk.core import Client, Operation as Op
from arp_sdk.models import RunState
from elsewhere import other

TABLE: Op[None] = Op[None]("a", "GET", query={}, **more)

class Mine(Client):
    colour = "red"

    def go(self, body: object) -> None:
        self._own(self.colour, self._call(TABLE, body=body))
        super().close()
        other(RunState.QUEUED.value)

    def _own(self, *all): ...

class Beside:
    def __init__(self, client: Client) -> None:
        self._client = client

    def go(self, limit, Client=None):
        return self._client._call_raw(1, 2, limit=limit), Client.nothing
"""


def test_what_a_program_uses() -> None:
    found = symbols_used([PROGRAM], MODULES)

    assert found == {
        "arp_sdk.core.Client",
        "arp_sdk.core.Client._call",
        "arp_sdk.core.Client._call(#1)",
        "arp_sdk.core.Client._call(body)",
        "arp_sdk.core.Client._call_raw",
        "arp_sdk.core.Client._call_raw(#2)",
        "arp_sdk.core.Client._call_raw(limit)",
        "arp_sdk.core.Client.close",
        "arp_sdk.core.Operation",
        "arp_sdk.core.Operation(#2)",
        "arp_sdk.core.Operation(query)",
        "arp_sdk.models.RunState",
        "arp_sdk.models.RunState.QUEUED",
    }


def test_the_latest_symbol_decides() -> None:
    record = Record(
        (1, 4, 0), {"a": (1, 0, 0), "b": (1, 2, 0), "c(**)": (1, 3, 0), "d(*)": (1, 1, 0)}
    )

    assert record.lower_bound(["a"], (1, 5, 0)) == (1, 0, 0)
    assert record.lower_bound(["a", "b"], (1, 5, 0)) == (1, 2, 0)
    assert record.lower_bound(["a", "c(colour)", "d(#7)"], (1, 5, 0)) == (1, 3, 0)
    assert record.lower_bound(["a", "c(#1)"], (1, 5, 0)) == (1, 5, 0)
    assert record.lower_bound(["a", "new"], (1, 5, 0)) == (1, 5, 0)
    assert record.lacks(["a", "new"]) == ["new"]


def test_what_no_release_has_comes_with_the_next_minor_or_what_the_tree_says() -> None:
    record = Record((1, 4, 2))

    assert record.upcoming((1, 4, 2)) == (1, 5, 0)
    assert record.upcoming((1, 5, 0)) == (1, 5, 0)
    assert record.upcoming((2, 0, 0)) == (2, 0, 0)


def test_the_lower_bound_is_raised_and_never_lowered() -> None:
    assert at_least(">=1.0,<2", (0, 0, 0)) == (">=1.0,<2", (1, 0, 0))
    assert at_least(">=1.0,<2", (1, 3, 0)) == (">=1.3,<2", (1, 3, 0))
    assert at_least(">=1.0,<2", (1, 3, 1)) == (">=1.3.1,<2", (1, 3, 1))
    assert at_least(">=1.4,<2", (1, 3, 0)) == (">=1.4,<2", (1, 4, 0))
    with pytest.raises(ContractError, match="excludes"):
        at_least(">=1.0,<2", (2, 0, 0))
    with pytest.raises(ContractError, match="form"):
        at_least("~=1.0", (1, 0, 0))


def test_the_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = Record((1, 10, 0), {"b": (1, 9, 0), "a": (1, 10, 0), "c": (1, 9, 0)})
    write_record(tmp_path / "record.json", record)
    text = (tmp_path / "record.json").read_text(encoding="utf-8")

    assert read_record(tmp_path / "record.json") == record
    assert re.findall(r'"([^"]+)"', text) == [
        "released",
        "1.10.0",
        "since",
        "1.9.0",
        "b",
        "c",
        "1.10.0",
        "a",
    ]
