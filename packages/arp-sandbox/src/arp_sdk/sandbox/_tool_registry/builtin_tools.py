"""The built-in tools. All are fast enough for the event loop."""

from __future__ import annotations

from datetime import datetime, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from arp_sdk.server.tools import ToolError, Tools

from .calculator import ExpressionError, calculate


def echo(text: str) -> dict[str, str]:
    """Return the text."""
    return {"text": text}


def calc(expression: str) -> dict[str, str | float]:
    """Evaluate an expression of numbers, + - * / // % ** and parentheses."""
    try:
        return {"expression": expression, "value": calculate(expression)}
    except ExpressionError as error:
        raise ToolError(f"{expression!r} cannot be evaluated: {error}") from None


def time_now(tz: str = "UTC") -> dict[str, str]:
    """Return the time in a time zone, such as UTC or Europe/Berlin."""
    return {"tz": tz, "iso": datetime.now(_zone(tz)).isoformat()}


def _zone(name: str) -> tzinfo:
    # Not every system has a time zone database.
    if name == "UTC":
        return timezone.utc
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ToolError(f"unknown time zone {name!r}") from None


def add_builtin_tools(tools: Tools) -> None:
    for function in (echo, calc, time_now):
        tools.tool(blocking=False)(function)
