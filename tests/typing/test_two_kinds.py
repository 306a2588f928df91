"""Both kinds of clients have the same names, arguments, results and words."""

from __future__ import annotations

import inspect
from typing import Any

from .docstrings import needs_docstrings
from .kinds import hints, members, plain_docstring, shape, twins

SOURCE = "requests may come from an asynchronous iterable too"
OPENED = "entering it opens it, so that each class has a method of its own"

RUNNERS = ("DaemonClient", "RuntimeClient", "RunCoordinatorClient", "RunGatewayClient")

HINTS = {
    **{
        f"{client}.run_many.requests": (
            "Iterable[~_Request]",
            "Iterable[~_Request] | Iterable[~_Request]",
            SOURCE,
        )
        for client in RUNNERS
    },
    "Outcomes.__init__.requests": ("Iterable[Q]", "Requests[Q]", SOURCE),
    "Outcomes.__init__.run": (
        "Callable[[Q, Sleep], R]",
        "Callable[[Q], R]",
        "a task is canceled, a thread has to be woken",
    ),
    "EventStream.__enter__.return": ("S", "EventStream[T]", OPENED),
    "Follow.__enter__.return": ("S", "Follow[T, R]", OPENED),
}
"""Annotations that differ: the synchronous one, the asynchronous one without `Async`, and why."""

WORDS = {
    "EventStream.close": (" Any thread may call it.", "", "a task closes it as it is"),
    "EventStream.__next__": (
        "in place of an event.",
        "in place of an event, or responds with an error in place of a stream.",
        "the first event opens it",
    ),
    "Follow.has_events": (
        "streams events.",
        "streams events; known after the first await, or `async with`.",
        "making it opens nothing yet",
    ),
    "Outcomes.close": (
        "no more requests. Those that were started go on.",
        "no more requests, and stop waiting for those that were started.",
        "tasks end, threads are left",
    ),
    "DaemonClient.instances": ("a `with`", "an `async with`", "the statement"),
    **{
        f"{client}.run_many": ("After the loop", "After it is closed", "what is dropped ends later")
        for client in RUNNERS
    },
}
"""Docstrings that differ: the synchronous words, the asynchronous ones, and why."""

AT_ONCE = {"__init__", "with_options", "__iter__"}
"""Methods that have nothing to wait for."""

LAZY = ("AbstractContextManager[", "EventStream[", "Follow[", "Iterator[", "Outcomes[", "Pager[")
"""Types that are returned at once, and wait when they are used."""


MEMBERS = [
    (f"{plain.__name__}.{name}", member, members(asynchronous)[name])
    for plain, asynchronous in twins()
    for name, member in members(plain).items()
    if name in members(asynchronous)
]
"""The name of each member that both kinds have, and the member of each kind."""


def test_the_names_are_the_same() -> None:
    assert twins()
    for plain, asynchronous in twins():
        assert members(plain)
        assert members(plain).keys() == members(asynchronous).keys(), plain


def test_the_arguments_are_the_same() -> None:
    differ = [name for name, plain, other in MEMBERS if shape(plain) != shape(other)]
    assert differ == []


def test_the_annotations_are_the_same() -> None:
    differ = {
        f"{name}.{parameter}": (expected, hints(other)[parameter])
        for name, plain, other in MEMBERS
        for parameter, expected in hints(plain).items()
        if expected != hints(other)[parameter]
    }
    assert differ == {name: expected[:2] for name, expected in HINTS.items()}


def test_what_waits_is_awaited() -> None:
    differ = [
        name
        for name, plain, other in MEMBERS
        if inspect.iscoroutinefunction(other) != waits(name, plain)
        or inspect.iscoroutinefunction(plain)
    ]
    assert differ == []


def waits(name: str, plain: Any) -> bool:
    """Return whether a member of the asynchronous kind has something to wait for."""
    if name.endswith((".__enter__", ".__next__")):
        return True
    if isinstance(plain, property) or name.rpartition(".")[2] in AT_ONCE:
        return False
    return not hints(plain)["return"].startswith(LAZY)


@needs_docstrings
def test_the_words_are_the_same() -> None:
    differ = {
        name: (plain_docstring(plain), plain_docstring(other))
        for name, plain, other in MEMBERS
        if plain_docstring(plain) != plain_docstring(other)
    }
    assert differ.keys() == WORDS.keys()
    for name, (plain, other) in differ.items():
        synchronous, asynchronous, _ = WORDS[name]
        assert synchronous in plain
        assert plain.replace(synchronous, asynchronous) == other


def test_every_asynchronous_class_has_a_twin_and_every_client_is_one() -> None:
    names = {plain.__name__ for plain, _ in twins()}
    services = ("Daemon", "Runtime", "ToolRegistry")
    assert {f"{raw}{service}Client" for service in services for raw in ("", "Raw")} <= names
    assert {"Client", "EventStream", "Follow", "Outcomes", "Pager"} <= names
