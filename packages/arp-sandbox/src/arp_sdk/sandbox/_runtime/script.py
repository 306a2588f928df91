"""Runs whose steps a test writes down."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from arp_sdk.models import RunEventType
from arp_sdk.schema import encode_json

from .planner import Plan, plan_for
from .run_context import RunContext, RunFailedError


class Gate:
    """A gate that holds runs until a test opens it.

    A script waits at it with `Wait(gate)`, so that a test can look at a run that is certain to be
    running. An open gate stays open.
    """

    def __init__(self) -> None:
        self._opened: Future[None] = Future()

    @property
    def is_open(self) -> bool:
        """True once it has been opened."""
        return self._opened.done()

    def open(self) -> None:
        """Let all runs pass from now on. Any thread may call this."""
        with suppress(InvalidStateError):
            self._opened.set_result(None)

    async def wait(self) -> None:
        """Wait until it is open."""
        loop, opened = asyncio.get_running_loop(), asyncio.Event()

        def notify(_: Future[None]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(opened.set)

        self._opened.add_done_callback(notify)
        await opened.wait()


@dataclass(frozen=True)
class Say:
    """Emit a text, word by word, as events of the type `token`.

    Attributes:
        text: The text.
    """

    text: str


@dataclass(frozen=True)
class Call:
    """Invoke a tool. If the tool fails, so does the run.

    Attributes:
        tool: Name of the tool.
        args: Its arguments.
    """

    tool: str
    args: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Wait:
    """Wait.

    Attributes:
        until: Seconds, or a gate that the test opens.
    """

    until: float | Gate


@dataclass(frozen=True)
class Emit:
    """Emit an event.

    Attributes:
        type: Its type, such as `step`.
        data: Its data.
    """

    type: RunEventType | str
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Fail:
    """End the run as failed.

    Attributes:
        code: Code of the error.
        message: Text of the error.
    """

    code: str = "script.failed"
    message: str = "The script fails the run."


@dataclass(frozen=True)
class Finish:
    """End the run as succeeded. Without it, a script ends with the text of its `Say` steps.

    Attributes:
        output: Output of the result.
    """

    output: Mapping[str, object] = field(default_factory=dict)


Step = Say | Call | Wait | Emit | Fail | Finish
"""One step of a script."""


@dataclass(frozen=True)
class Script:
    """The steps of a run, and how long it is queued before: seconds, or a gate."""

    steps: tuple[Step, ...]
    queued: float | Gate = 0.0

    async def play(self, context: RunContext) -> dict[str, Any]:
        """Run the steps and return the output."""
        said: list[str] = []
        for step in self.steps:
            if isinstance(step, Say):
                said.append(step.text)
                await context.say(step.text)
            elif isinstance(step, Call):
                await context.call(step.tool, dict(step.args))
            elif isinstance(step, Wait):
                await pause(step.until)
            elif isinstance(step, Emit):
                await context.emit(RunEventType(step.type), dict(step.data))
            elif isinstance(step, Fail):
                raise RunFailedError(step.code, step.message)
            else:
                return dict(step.output)
        return {"final_text": " ".join(said)}


class Scripts:
    """The scripts by goal. Any thread may change them."""

    def __init__(self) -> None:
        self._by_goal: dict[str, Script] = {}

    def add(self, goal: str, steps: Sequence[Step], queued: float | Gate) -> None:
        """Use a script for runs with exactly this goal."""
        for step in steps:
            for value in (getattr(step, name, None) for name in ("args", "data", "output")):
                if value is not None:
                    encode_json(value, dict[str, Any])
        self._by_goal[goal] = Script(tuple(steps), queued)

    def plan(self, goal: str) -> tuple[float | Gate, Plan]:
        """Return how long a run with this goal is queued, and its plan."""
        script = self._by_goal.get(goal)
        return (0.0, plan_for(goal)) if script is None else (script.queued, script.play)


async def pause(until: float | Gate) -> None:
    """Wait for seconds, or for a gate to open."""
    await (until.wait() if isinstance(until, Gate) else asyncio.sleep(until))
