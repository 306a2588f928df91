"""Who knows one kind of client knows the other: same names, arguments, results and words."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from .docstrings import needs_docstrings
from .kinds import hints, members, plain_docstring, shape, twins

SOURCE = "requests may come from an asynchronous iterable too"
OPENED = "entering it opens it, so that each class has a method of its own"

HINTS = {
    "DaemonClient.run_many.requests": (
        "Iterable[RunRequest | str]",
        "Iterable[RunRequest | str] | Iterable[RunRequest | str]",
        SOURCE,
    ),
    "RuntimeClient.run_many.requests": (
        "Iterable[RunRequest | str]",
        "Iterable[RunRequest | str] | Iterable[RunRequest | str]",
        SOURCE,
    ),
    "Outcomes.__init__.requests": ("Iterable[Q]", "Requests[Q]", SOURCE),
    "Outcomes.__init__.work": (
        "Callable[[Q, Sleep], R]",
        "Callable[[Q], R]",
        "a task is canceled, a thread has to be woken",
    ),
    "EventStream.__enter__.return": ("S", "EventStream[T]", OPENED),
    "Follow.__enter__.return": ("S", "Follow[T, R]", OPENED),
}
"""Annotations that differ: the synchronous one, the asynchronous one without `Async`, and why."""

WORDS = {
    "EventStream.close": (", also from another thread", "", "a task closes it as it is"),
    "EventStream.__next__": (
        "in place of an event.",
        "in place of an event, or answers with an error in place of a stream.",
        "the first event opens it",
    ),
    "Follow.has_events": (
        "streams events.",
        "streams events: known once it was awaited, entered or iterated.",
        "making it opens nothing yet",
    ),
    "Outcomes.close": ("leave alone", "stop waiting for", "tasks end, threads are left"),
    "DaemonClient.instances": ("a `with`", "an `async with`", "the statement"),
    "DaemonClient.run_many": ("Leaving the loop", "Closing it", "what is dropped ends later"),
    "RuntimeClient.run_many": ("Leaving the loop", "Closing it", "what is dropped ends later"),
}
"""Docstrings that differ: the synchronous words, the asynchronous ones, and why."""

AT_ONCE = {"__init__", "with_options", "__iter__"}
"""Methods that have nothing to wait for."""

LAZY = ("AbstractContextManager[", "EventStream[", "Follow[", "Iterator[", "Outcomes[", "Pager[")
"""What is returned at once, and waits when it is used."""


def pairs() -> Iterator[Any]:
    for plain, asynchronous in twins():
        others = members(asynchronous)
        for name, member in members(plain).items():
            if name in others:
                yield pytest.param(
                    f"{plain.__name__}.{name}", member, others[name], id=f"{plain.__name__}.{name}"
                )


each_member = pytest.mark.parametrize(("name", "plain", "asynchronous"), list(pairs()))


@pytest.mark.parametrize(
    ("plain", "asynchronous"), [pytest.param(*pair, id=pair[0].__name__) for pair in twins()]
)
def test_the_names_are_the_same(plain: type[Any], asynchronous: type[Any]) -> None:
    assert members(plain)
    assert members(plain).keys() == members(asynchronous).keys()


@each_member
def test_the_arguments_are_the_same(name: str, plain: Any, asynchronous: Any) -> None:
    assert shape(plain) == shape(asynchronous)


@each_member
def test_the_annotations_are_the_same(name: str, plain: Any, asynchronous: Any) -> None:
    found = hints(asynchronous)
    for parameter, expected in hints(plain).items():
        wanted = (expected, expected)
        if f"{name}.{parameter}" in HINTS:
            wanted = HINTS[f"{name}.{parameter}"][:2]
        assert (expected, found[parameter]) == wanted


@each_member
def test_what_waits_is_awaited(name: str, plain: Any, asynchronous: Any) -> None:
    at_once = (
        isinstance(plain, property)
        or name.rpartition(".")[2] in AT_ONCE
        or hints(plain)["return"].startswith(LAZY)
    )
    opens = name.endswith((".__enter__", ".__next__"))
    assert inspect.iscoroutinefunction(asynchronous) == (opens or not at_once)
    assert not inspect.iscoroutinefunction(plain)


@needs_docstrings
@each_member
def test_the_words_are_the_same(name: str, plain: Any, asynchronous: Any) -> None:
    words = plain_docstring(plain)
    if name in WORDS:
        synchronous, others, _ = WORDS[name]
        assert synchronous in words
        words = words.replace(synchronous, others)
    assert plain_docstring(asynchronous) == words


def test_nothing_is_allowed_in_vain() -> None:
    names = {pair.values[0] for pair in pairs()}
    assert {name.rpartition(".")[0] for name in HINTS} | WORDS.keys() <= names
    assert all(plain != other for plain, other, _ in (*HINTS.values(), *WORDS.values()))


def test_every_asynchronous_class_has_a_twin_and_every_client_is_one() -> None:
    names = {plain.__name__ for plain, _ in twins()}
    services = ("Daemon", "Runtime", "ToolRegistry")
    assert {f"{raw}{service}Client" for service in services for raw in ("", "Raw")} <= names
    assert {"Client", "EventStream", "Follow", "Outcomes", "Pager"} <= names
