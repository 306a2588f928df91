"""The tools that the registry has from the start. All are quick enough for the event loop."""

from __future__ import annotations

from datetime import datetime, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .calculator import ExpressionError, calculate
from .tool import Tool, ToolError, make_tool


def echo(text: str) -> dict[str, str]:
    return {"text": text}


def calc(expression: str) -> dict[str, str | float]:
    try:
        return {"expression": expression, "value": calculate(expression)}
    except ExpressionError as error:
        raise ToolError(f"{expression!r} cannot be worked out: {error}") from None


def time_now(tz: str = "UTC") -> dict[str, str]:
    return {"tz": tz, "iso": datetime.now(_zone(tz)).isoformat()}


def _zone(name: str) -> tzinfo:
    # Not every system has a time zone database.
    if name == "UTC":
        return timezone.utc
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ToolError(f"there is no time zone {name!r}") from None


def builtin_tools() -> list[Tool]:
    """`echo`, `calc` and `time_now`."""
    return [
        make_tool(echo, description="Give back the text that it is given.", blocking=False),
        make_tool(
            calc,
            description="Work out an expression of numbers, + - * / // % ** and brackets.",
            blocking=False,
        ),
        make_tool(
            time_now,
            description="Tell the time in a time zone, such as UTC or Europe/Berlin.",
            blocking=False,
        ),
    ]
