"""Functions of several kinds as tools."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import wraps
from typing import Any

import pytest

from arp_sdk.models import ToolInvocationRequest, ToolInvocationResult
from arp_sdk.server.tools import Tools


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **keywords: Any) -> Any:
        return function(*args, **keywords)

    return call


def invoked(function: Callable[..., Any], **settings: Any) -> ToolInvocationResult:
    tools = Tools()
    tools.tool(name="f", **settings)(function)
    request = ToolInvocationRequest(invocation_id="i", tool_name="f", args={"a": 1})
    return asyncio.run(tools.invoke(request))


async def in_the_loop(a: int) -> int:
    await asyncio.sleep(0)
    return a + 1


@pytest.mark.parametrize("blocking", [True, False])
@pytest.mark.parametrize("function", [in_the_loop, decorated(in_the_loop)])
def test_what_is_awaitable_is_awaited(
    function: Callable[..., Awaitable[int]], blocking: bool
) -> None:
    assert invoked(function, blocking=blocking).result == {"value": 2}


async def events(a: int) -> AsyncIterator[int]:
    yield a


def items(a: int) -> Iterator[int]:
    yield a


@pytest.mark.parametrize("function", [events, items])
def test_a_generator_is_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="f: a tool has one result"):
        invoked(function)


def test_an_object_may_be_anything() -> None:
    def echo(a: object) -> dict[str, object]:
        return {"said": a}

    assert invoked(echo).result == {"said": 1}
