"""Runs that a test writes down beforehand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from arp_sdk.models import RunEventType
from arp_sdk.schema import encode_json

from .gate import Gate
from .planner import Plan, plan_for
from .run_context import RunFailedError, Session


@dataclass(frozen=True)
class Say:
    """Produce a text, word by word, as events of the type `token`.

    Attributes:
        text: The text.
    """

    text: str


@dataclass(frozen=True)
class Call:
    """Invoke a tool by its name; the run fails if the tool does.

    Attributes:
        tool: Name of the tool.
        args: Its arguments.
    """

    tool: str
    args: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Wait:
    """Let time pass, or wait for a test.

    Attributes:
        until: Seconds, or the gate that the test opens.
    """

    until: float | Gate


@dataclass(frozen=True)
class Emit:
    """Let an event happen.

    Attributes:
        type: Its type, such as `step`.
        data: Its content.
    """

    type: RunEventType | str
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Fail:
    """End the run as failed.

    Attributes:
        code: Of the error.
        message: Of the error.
    """

    code: str = "script.failed"
    message: str = "The script says so."


@dataclass(frozen=True)
class Finish:
    """End the run as succeeded. A script without one ends with what it has said.

    Attributes:
        output: Of the result.
    """

    output: Mapping[str, object] = field(default_factory=dict)


Step = Say | Call | Wait | Emit | Fail | Finish
"""One thing that happens in a run."""


@dataclass(frozen=True)
class Script:
    """What happens in a run.

    Attributes:
        steps: What happens, in order.
        queued: How long the run waits before it starts: seconds, or a gate.
    """

    steps: tuple[Step, ...]
    queued: float | Gate = 0.0

    async def play(self, session: Session) -> dict[str, Any]:
        """Let it happen, and return the output."""
        said: list[str] = []
        for step in self.steps:
            if isinstance(step, Say):
                said.append(step.text)
                await session.say(step.text)
            elif isinstance(step, Call):
                await session.call(step.tool, dict(step.args))
            elif isinstance(step, Wait):
                await pause(step.until)
            elif isinstance(step, Emit):
                await session.emit(RunEventType(step.type), dict(step.data))
            elif isinstance(step, Fail):
                raise RunFailedError(step.code, step.message)
            else:
                return dict(step.output)
        return {"final_text": " ".join(said)}


class Scripts:
    """The scripts by goal. Safe to change from any thread."""

    def __init__(self) -> None:
        self._by_goal: dict[str, Script] = {}

    def add(self, goal: str, steps: Sequence[Step], queued: float | Gate) -> None:
        """Let runs with exactly this goal follow a script.

        Raises:
            ArpValidationError: If a step holds what is no JSON.
        """
        for step in steps:
            _check(step)
        self._by_goal[goal] = Script(tuple(steps), queued)

    def plan(self, goal: str) -> tuple[float | Gate, Plan]:
        """How long a run waits to be started, and what it does then."""
        script = self._by_goal.get(goal)
        return (0.0, plan_for(goal)) if script is None else (script.queued, script.play)


def _check(step: Step) -> None:
    """Refuse what would break the answers of the services later on."""
    if isinstance(step, Call):
        encode_json(step.args, dict[str, Any])
    elif isinstance(step, Emit):
        encode_json(step.data, dict[str, Any])
    elif isinstance(step, Finish):
        encode_json(step.output, dict[str, Any])


async def pause(until: float | Gate) -> None:
    """Wait for some seconds, or for a gate to open."""
    if isinstance(until, Gate):
        await until.wait()
    else:
        await asyncio.sleep(until)
