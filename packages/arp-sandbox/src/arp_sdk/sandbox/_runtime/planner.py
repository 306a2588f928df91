"""The steps of a run whose goal has no script. The same goal always has the same steps.

What is (19*23)?          calls the tool calc; so does a goal that starts with calculate or compute
What time is it in TZ?    calls the tool time_now
echo TEXT                 calls the tool echo
call NAME {"x": 1}        calls any tool with these arguments
anything else             succeeds at once
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from .run_context import RunContext, RunFailedError

Output = dict[str, Any]
Plan = Callable[[RunContext], Awaitable[Output]]

_TIME = re.compile(r"what time is it(?: in ([\w/+-]+))?\W*", re.IGNORECASE)
_CALC = re.compile(r"(?:what is|what's|calculate|compute)\b(.*)", re.IGNORECASE | re.DOTALL)
_ECHO = re.compile(r"echo\s+(.+)", re.IGNORECASE | re.DOTALL)
_CALL = re.compile(r"call\s+([\w.-]+)\s*(.*)", re.IGNORECASE | re.DOTALL)
_PARENTHESES = re.compile(r"\(([^()]*)\)")
_EXPRESSION = re.compile(r"[\d.(+-][\d\s.eE+*/%()-]*")


def plan_for(goal: str) -> Plan:
    """Return the plan for a goal."""
    text = goal.strip()
    if found := _TIME.fullmatch(text):
        return _tool_plan("time_now", {"tz": found[1] or "UTC"}, "It is {iso} in {tz}.")
    if found := _CALC.fullmatch(text):
        return _tool_plan("calc", _expression(found[1]), "{expression} = {value}")
    if found := _ECHO.fullmatch(text):
        return _tool_plan("echo", {"text": found[1]}, "{text}")
    if found := _CALL.fullmatch(text):
        return _call_plan(found[1], found[2])
    return _no_plan


def _expression(question: str) -> dict[str, Any]:
    found = _EXPRESSION.search(question)
    # Without an expression, the tool says which argument is missing.
    if found is None:
        return {}
    expression = found[0].rstrip(" .")
    whole = _PARENTHESES.fullmatch(expression)
    return {"expression": whole[1].strip() if whole else expression}


def _tool_plan(name: str, args: dict[str, Any], template: str) -> Plan:
    async def plan(context: RunContext) -> Output:
        result = await context.call(name, args)
        return await _say(context, template.format_map(result))

    return plan


def _call_plan(name: str, arguments: str) -> Plan:
    async def plan(context: RunContext) -> Output:
        try:
            args = msgspec.json.decode(arguments or "{}", type=dict[str, Any])
        except ValueError as error:
            message = f"The arguments are not a JSON object: {error}"
            raise RunFailedError("goal.invalid", message) from None
        result = await context.call(name, args)
        return {**await _say(context, msgspec.json.encode(result).decode()), "result": result}

    return plan


async def _no_plan(context: RunContext) -> Output:
    await context.step("answer")
    return await _say(context, "Done.")


async def _say(context: RunContext, text: str) -> Output:
    await context.say(text)
    return {"final_text": text}
