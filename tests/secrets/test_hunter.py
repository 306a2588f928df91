"""The search finds secrets, and nothing else."""

from __future__ import annotations

import base64
import logging
import pickle
import warnings
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from arp_sdk.errors import ArpError

from .hunter import Evidence, leaks
from .places import SECRET
from .witness import chain, examine_error, examine_value, listening, traceback_text

pytestmark = pytest.mark.threads_only("makes no client")


class Holder:
    __slots__ = ("inner",)

    def __init__(self, inner: Any) -> None:
        self.inner = inner


def _raised(call: Callable[[], Any]) -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011
        call()
    return caught.value


def _chained() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        raise RuntimeError("harmless")  # noqa: B904


@pytest.mark.parametrize(
    "shown",
    [
        SECRET,
        f"x={quote(SECRET, safe='')}&y",
        base64.b64encode(f"user:{SECRET}".encode()).decode(),
        base64.b64encode(f"u:{SECRET}".encode()).decode(),
        base64.b64encode(f"me:{SECRET}".encode()).decode(),
        base64.b64encode(SECRET.encode()).decode(),
        SECRET.partition("+")[0] + " and more",
        repr({"Authorization": "Bearer " + SECRET}),
        pickle.dumps({"k": SECRET}),
    ],
)
def test_every_form_is_found(shown: str | bytes) -> None:
    assert leaks(Evidence([("here", shown)]), SECRET)


@pytest.mark.parametrize(
    "root",
    [
        {"a": [(1, {"b": SECRET})]},
        {SECRET: 1},
        Holder(Holder(SECRET)),
        ArpError("m", hint=SECRET),
        _raised(_chained),
        {frozenset({SECRET.encode()}): 0, "x": {SECRET.encode()}},
    ],
    ids=range(6),
)
def test_every_attribute_is_searched(root: Any) -> None:
    evidence = Evidence()
    evidence.walk("root", root)
    assert leaks(evidence, SECRET)


def test_logs_and_warnings_are_recorded() -> None:
    evidence = Evidence()
    with listening(evidence):
        logging.getLogger("urllib3.connectionpool").debug("%s", SECRET)
    assert leaks(evidence, SECRET)
    evidence = Evidence()
    with listening(evidence):
        warnings.warn(SECRET, stacklevel=1)
    assert leaks(evidence, SECRET)


def test_locals_of_library_frames_are_recorded() -> None:
    error = _raised(lambda: base64.b64decode(SECRET[:-1]))
    assert SECRET[:-1] in traceback_text(error)
    assert "pytest.raises" not in traceback_text(error)


def test_chained_errors_are_recorded() -> None:
    error = _raised(_chained)
    assert [type(link) for link in chain(error)] == [RuntimeError, ValueError]
    evidence = Evidence()
    examine_error(evidence, error)
    assert {where for where, _ in evidence.items} >= {"str(ValueError)", "pickle of ValueError"}
    assert leaks(evidence, SECRET)


def test_values_are_recorded() -> None:
    evidence = Evidence()
    examine_value(evidence, {"a": SECRET})
    assert len(leaks(evidence, SECRET)) == 2


def test_harmless_text_is_not_found() -> None:
    assert leaks(Evidence([("here", "user: ...MARK and others"), ("there", b"\0")]), SECRET) == []
