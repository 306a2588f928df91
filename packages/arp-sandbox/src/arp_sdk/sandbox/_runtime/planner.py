"""What a run does about a goal that no script is written for: always the same for the same goal.

What is (19*23)?          asks the tool calc; so do goals that begin with calculate or compute
What time is it in TZ?    asks the tool time_now
echo TEXT                 asks the tool echo
call NAME {"x": 1}        invokes any tool with these arguments
anything else             is done at once
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from .run_context import RunFailedError, Session

Output = dict[str, Any]
Plan = Callable[[Session], Awaitable[Output]]

_TIME = re.compile(r"what time is it(?: in ([\w/+-]+))?\W*", re.IGNORECASE)
_CALC = re.compile(r"(?:what is|what's|calculate|compute)\b(.*)", re.IGNORECASE | re.DOTALL)
_ECHO = re.compile(r"echo\s+(.+)", re.IGNORECASE | re.DOTALL)
_CALL = re.compile(r"call\s+([\w.-]+)\s*(.*)", re.IGNORECASE | re.DOTALL)
_EXPRESSION = re.compile(r"[\d.(+-][\d\s.eE+*/%()-]*")


def plan_for(goal: str) -> Plan:
    """How to reach a goal."""
    text = goal.strip()
    for pattern, plan in ((_TIME, _tell_time), (_CALC, _calculate), (_ECHO, _echo), (_CALL, _call)):
        found = pattern.fullmatch(text)
        if found is not None:
            return plan(*found.groups())
    return _nothing


def _calculate(question: str) -> Plan:
    found = _EXPRESSION.search(question)
    expression = _without_outer_brackets(found[0].rstrip(" .")) if found else None

    async def plan(session: Session) -> Output:
        # Without an expression, it is for the tool to say what it misses.
        result = await session.call(
            "calc", {} if expression is None else {"expression": expression}
        )
        return await _answer(session, f"{result['expression']} = {result['value']}")

    return plan


def _tell_time(zone: str | None) -> Plan:
    async def plan(session: Session) -> Output:
        result = await session.call("time_now", {"tz": zone or "UTC"})
        return await _answer(session, f"It is {result['iso']} in {result['tz']}.")

    return plan


def _echo(text: str) -> Plan:
    async def plan(session: Session) -> Output:
        result = await session.call("echo", {"text": text})
        return await _answer(session, result["text"])

    return plan


def _call(name: str, arguments: str) -> Plan:
    async def plan(session: Session) -> Output:
        try:
            args = msgspec.json.decode(arguments or "{}", type=dict[str, Any])
        except ValueError as error:
            raise RunFailedError("goal.invalid", f"The arguments are no JSON: {error}") from None
        result = await session.call(name, args)
        return {**await _answer(session, msgspec.json.encode(result).decode()), "result": result}

    return plan


async def _nothing(session: Session) -> Output:
    await session.step("answer")
    return await _answer(session, "Done.")


async def _answer(session: Session, text: str) -> Output:
    await session.say(text)
    return {"final_text": text}


def _without_outer_brackets(expression: str) -> str:
    inner = expression[1:-1]
    is_bracketed = expression.startswith("(") and expression.endswith(")")
    return inner.strip() if is_bracketed and "(" not in inner and ")" not in inner else expression
