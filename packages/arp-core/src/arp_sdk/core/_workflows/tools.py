"""Functions that a service lists and invokes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from arp_sdk.core._call.effects import Compute, Steps
from arp_sdk.core._contract.workflows import Invocable
from arp_sdk.core._late import late
from arp_sdk.errors import ArpApiError, ArpConfigError, ArpToolError, ArpValidationError

from .steps import Caller

if TYPE_CHECKING:
    from .model_calls import ModelCall

__getattr__ = late(ModelCall="arp_sdk.core._workflows.model_calls")

T = TypeVar("T")


class Listed(NamedTuple):
    """The tools that a service has listed.

    Attributes:
        by_name: The definitions by name.
        by_id: The definitions by id, without ids that are names of others.
        by_model_name: The definitions by the names that models may use.
    """

    by_name: dict[str, Any]
    by_id: dict[str, Any]
    by_model_name: dict[str, Any]


KnownTools = dict[str, Listed]
"""The listed tools, by the operation that invokes them."""

_NONE = Listed({}, {}, {})
# The statuses of a call that its arguments may have caused.
_REFUSED = (400, 404, 422)


def index_steps(caller: Caller, invocable: Invocable[T]) -> Steps[dict[str, T]]:
    """Return all definitions by their names."""
    listed: list[T] = yield from caller.invoke(invocable.list)
    return {getattr(each, invocable.name): each for each in listed}


def list_steps(caller: Caller, invocable: Invocable[T], known: KnownTools) -> Steps[Listed]:
    """List the tools, and keep them."""
    from arp_sdk.schema._formats.names import model_names

    by_name = yield from index_steps(caller, invocable)
    found = known[invocable.invoke.name] = Listed(
        by_name,
        {getattr(each, invocable.id): each for each in by_name.values()
         if getattr(each, invocable.id) not in by_name},
        {alias: each for name, each in by_name.items() for alias in model_names(name)},
    )  # fmt: skip
    return found


def invoke_steps(
    caller: Caller,
    invocable: Invocable[T],
    tool: str | T,
    arguments: Mapping[str, Any],
    known: KnownTools,
) -> Steps[dict[str, Any]]:
    """Invoke a tool and return its result."""
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


def dispatch_steps(
    caller: Caller, invocable: Invocable[T], call: object, known: KnownTools
) -> Steps[dict[str, Any]]:
    """Invoke the tool that a model has called, and return the response for the model."""
    from .model_calls import read_call

    asked = read_call(call)
    try:
        definition, arguments = yield from _checked(caller, invocable, asked, known)
        result = yield from invoke_steps(caller, invocable, definition, arguments, known)
    except ArpToolError as error:
        return asked.failure(error.code, str(error), error.retryable)
    except ArpValidationError as error:
        return asked.failure("invalid_arguments", str(error), None)
    except ArpApiError as error:
        if error.status_code not in _REFUSED:
            raise
        return asked.failure(error.code, error.message, error.retryable)
    return asked.success(result)


def _checked(
    caller: Caller, invocable: Invocable[T], asked: ModelCall, known: KnownTools
) -> Steps[tuple[T, dict[str, Any]]]:
    """Return the definition of the tool that a model has called, and its arguments."""
    listed, is_new = known.get(invocable.invoke.name), False
    while True:
        if listed is None:
            listed, is_new = (yield from list_steps(caller, invocable, known)), True
        definition = listed.by_model_name.get(asked.name)
        try:
            if definition is None:
                available = ", ".join(sorted(listed.by_name))
                raise ArpValidationError(
                    f"does not exist; there are: {available}", subject=f"tool {asked.name}"
                )
            arguments = asked.arguments(getattr(definition, invocable.schema))
            # Without the extra, or with an odd schema, it is left to the service.
            with suppress(ArpConfigError):
                yield from validate_steps(caller, invocable, definition, arguments)
            return definition, arguments
        except ArpValidationError:
            # The list may be outdated.
            if is_new:
                raise
            listed = None


def _address(
    caller: Caller, invocable: Invocable[T], tool: str | T, known: KnownTools
) -> Steps[tuple[str, str]]:
    """Return the request's property that addresses a tool, and its value."""
    if not isinstance(tool, str):
        return invocable.by_id, getattr(tool, invocable.id)
    # A tool's id and its name look alike; only the list of tools tells them apart.
    listed = known.get(invocable.invoke.name, _NONE)
    if tool not in listed.by_name and tool not in listed.by_id:
        listed = yield from list_steps(caller, invocable, known)
    return (invocable.by_id if tool in listed.by_id else invocable.by_name), tool


def _tool_error(invocation: Any, error: Any, tool: str) -> ArpToolError:
    code = getattr(error, "code", "unknown")
    reason = getattr(error, "message", "the service does not say why")
    return ArpToolError(
        f"tool {tool} failed: {code}: {reason}",
        result=invocation,
        code=code,
        retryable=getattr(error, "retryable", None),
    )
