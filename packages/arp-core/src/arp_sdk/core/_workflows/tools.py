"""Functions that a service lists and invokes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, TypeVar

from arp_sdk.core._call.effects import Compute, Steps
from arp_sdk.core._contract.workflows import Invocable
from arp_sdk.errors import ArpToolError, ArpValidationError

from .steps import Caller

T = TypeVar("T")

KnownTools = dict[str, tuple[frozenset[str], frozenset[str]]]
"""The listed names and ids, by the operation that invokes them."""


def index_steps(caller: Caller, invocable: Invocable[T]) -> Steps[dict[str, T]]:
    """Return all definitions by their names."""
    listed: list[T] = yield from caller.invoke(invocable.list)
    return {getattr(each, invocable.name): each for each in listed}


def invoke_steps(
    caller: Caller,
    invocable: Invocable[T],
    tool: str | T,
    arguments: Mapping[str, Any],
    known: KnownTools,
) -> Steps[dict[str, Any]]:
    """Invoke a tool and return its result.

    Raises:
        ArpToolError: If it failed.
    """
    field, value = yield from _address(caller, invocable, tool, known)
    request = {
        invocable.call_id: f"inv_{os.urandom(16).hex()}",
        field: value,
        invocable.arguments: dict(arguments),
    }
    body = invocable.invoke.body.from_dict(request)
    invocation = yield from caller.invoke(invocable.invoke, body=body)
    if not getattr(invocation, invocable.ok):
        raise _tool_error(invocation, getattr(invocation, invocable.error, None), value)
    result: dict[str, Any] | None = getattr(invocation, invocable.result)
    return result or {}


def validate_steps(
    caller: Caller, invocable: Invocable[T], tool: str | T, arguments: Mapping[str, Any]
) -> Steps[None]:
    """Check arguments against a tool's schema.

    Raises:
        ArpValidationError: If they do not fit, or the tool is not listed.
        ArpConfigError: If the schema cannot be used, or checked in bounded time.
    """
    from .json_schema import violation

    definition: Any = tool
    if isinstance(tool, str):
        listed: list[T] = yield from caller.invoke(invocable.list)
        by_id = {getattr(each, invocable.id): each for each in listed}
        by_name = {getattr(each, invocable.name): each for each in listed}
        definition = by_name.get(tool) or by_id.get(tool)
        if definition is None:
            raise ArpValidationError("is not listed", subject=f"tool {tool}")
    schema, given = getattr(definition, invocable.schema), dict(arguments)
    found = yield Compute(lambda: violation(schema, given))
    if found is not None:
        reason, path = found
        name = getattr(definition, invocable.name)
        raise ArpValidationError(reason, subject=f"arguments of {name}", path=path)


def _address(
    caller: Caller, invocable: Invocable[T], tool: str | T, known: KnownTools
) -> Steps[tuple[str, str]]:
    """Return the request's property that addresses a tool, and its value."""
    if not isinstance(tool, str):
        return invocable.by_id, getattr(tool, invocable.id)
    # A tool's id and its name look alike; only the list of tools tells them apart.
    names, ids = known.get(invocable.invoke.name, (frozenset(), frozenset()))
    if tool not in names and tool not in ids:
        listed: list[T] = yield from caller.invoke(invocable.list)
        names = frozenset(getattr(each, invocable.name) for each in listed)
        ids = frozenset(getattr(each, invocable.id) for each in listed) - names
        known[invocable.invoke.name] = names, ids
    return (invocable.by_id if tool in ids else invocable.by_name), tool


def _tool_error(invocation: Any, error: Any, tool: str) -> ArpToolError:
    code = getattr(error, "code", "unknown")
    reason = getattr(error, "message", "the service does not say why")
    return ArpToolError(
        f"tool {tool} failed: {code}: {reason}",
        result=invocation,
        code=code,
        retryable=getattr(error, "retryable", None),
    )
