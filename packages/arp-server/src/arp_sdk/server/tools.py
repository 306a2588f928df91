"""Python functions as the tools of a registry.

Example::

    tools = Tools()


    @tools.tool
    def weather(city: str) -> dict[str, str]:
        ...
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints, overload

import msgspec

from arp_sdk.errors import ArpError, ArpValidationError
from arp_sdk.models import (
    Error,
    ToolDefinition,
    ToolInvocationRequest,
    ToolInvocationResult,
    ToolSource,
)
from arp_sdk.schema import encode_json

from ._errors import ServiceError

_F = TypeVar("_F", bound=Callable[..., Any])
_logger = logging.getLogger("arp_sdk.server")

_BY_KEYWORD = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class ToolError(ArpError):
    """An error that a tool raises when it cannot do what it was asked to do.

    The caller sees its message, with the code `tool.execution_error`.
    """


@dataclass(frozen=True)
class Tool:
    """A tool of the registry.

    Attributes:
        definition: Its entry in the registry.
        function: The function, which is called by keyword.
        arguments: Type of its arguments.
        blocking: Whether the function must be called in a thread.
    """

    definition: ToolDefinition
    function: Callable[..., Any]
    arguments: type[msgspec.Struct]
    blocking: bool

    def read(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Convert JSON values, by name, to the arguments of the function."""
        try:
            converted = msgspec.convert(dict(args), self.arguments)
        except msgspec.ValidationError:
            # In JSON Schema, 12.0 is an integer.
            converted = msgspec.convert(_with_integers(args), self.arguments)
        return {name: getattr(converted, name) for name in self.arguments.__struct_fields__}

    async def call(self, keywords: Mapping[str, Any]) -> dict[str, Any]:
        """Call the function; a result that is not an object becomes `{"value": ...}`."""
        if self.blocking:
            value = await asyncio.to_thread(self.function, **keywords)
        else:
            value = self.function(**keywords)
        # A decorator may hide that the function is an `async def`.
        if inspect.isawaitable(value):
            value = await value
        plain = msgspec.to_builtins(value, str_keys=True)
        return plain if isinstance(plain, dict) else {"value": plain}


class Tools:
    """Functions by name, as a tool registry lists and invokes them.

    Any thread may add tools while others are invoked.
    """

    def __init__(self) -> None:
        self._tools: dict[str, Tool] = {}

    @overload
    def tool(self, function: _F, /) -> _F: ...

    @overload
    def tool(
        self, /, *, name: str | None = None, description: str | None = None, blocking: bool = True
    ) -> Callable[[_F], _F]: ...

    def tool(
        self,
        function: _F | None = None,
        /,
        *,
        name: str | None = None,
        description: str | None = None,
        blocking: bool = True,
    ) -> _F | Callable[[_F], _F]:
        """Register a function as a tool; a decorator, with or without arguments.

        The JSON Schemas come from the signature. The function is called by keyword: in a thread,
        or in the event loop if it is an `async def`. Any exception makes the invocation fail;
        raise `ToolError` for failures that are part of the tool's work.

        Args:
            function: The function.
            name: Name of the tool; by default, that of the function. Its identifier is
                `tool_NAME`. A tool replaces another one of the same name.
            description: Description of the tool; by default, the docstring.
            blocking: False if the function returns at once and needs no thread.

        Raises:
            TypeError: If a parameter cannot be passed by keyword, a type has no JSON Schema, or
                the function is a generator.
        """

        def register(function: _F) -> _F:
            made = make_tool(function, name, description, blocking)
            self._tools = {**self._tools, made.definition.tool_id: made}
            return function

        return register if function is None else register(function)

    @property
    def definitions(self) -> list[ToolDefinition]:
        """The definitions of all tools."""
        return [tool.definition for tool in self._tools.values()]

    def definition(self, tool_id: str) -> ToolDefinition:
        """Return the definition of one tool.

        Raises:
            ServiceError: 404, if there is no such tool.
        """
        return self._find(tool_id, None).definition

    async def invoke(self, request: ToolInvocationRequest) -> ToolInvocationResult:
        """Invoke a tool. Invalid arguments and failures are results with `ok: false`.

        Raises:
            ServiceError: 404, if there is no such tool.
        """
        tool = self._find(request.tool_id, request.tool_name)
        started = time.monotonic()
        result, error = await _invoke(tool, request.args)
        return ToolInvocationResult(
            invocation_id=request.invocation_id,
            ok=error is None,
            result=result,
            error=error,
            duration_ms=round((time.monotonic() - started) * 1000),
        )

    def _find(self, tool_id: str | None, tool_name: str | None) -> Tool:
        """Return the tool with this id and this name; None matches any."""
        for tool in self._tools.values():
            definition = tool.definition
            if tool_id in (None, definition.tool_id) and tool_name in (None, definition.name):
                return tool
        named = {"tool_id": tool_id, "tool_name": tool_name}
        details = {key: value for key, value in named.items() if value is not None}
        raise ServiceError(404, "tool.not_found", "Unknown tool", details=details, retryable=False)


async def _invoke(tool: Tool, args: dict[str, Any]) -> tuple[dict[str, Any] | None, Error | None]:
    try:
        keywords = tool.read(args)
    except msgspec.ValidationError as error:
        return None, _error("tool.invalid_args", f"The arguments do not match the schema: {error}")
    try:
        result = await tool.call(keywords)
        encode_json(result, dict[str, Any])
        return result, None
    except ArpValidationError as error:
        return None, _error("tool.execution_error", f"The result is not JSON: {error}")
    except ToolError as error:
        return None, _error("tool.execution_error", str(error))
    except Exception as error:
        _logger.info("tool %s failed", tool.definition.name, exc_info=True)
        return None, _error("tool.handler_error", f"The tool failed: {error!r}")


def _error(code: str, message: str) -> Error:
    return Error(code=code, message=message, retryable=False)


def make_tool(
    function: Callable[..., Any],
    name: str | None = None,
    description: str | None = None,
    blocking: bool = True,
) -> Tool:
    """Make a tool from a function, with JSON Schemas from its signature."""
    name = name or function.__name__
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"{name}: a tool has one result, so it cannot be a generator")
    hints = get_type_hints(function, include_extras=True)
    fields: list[Any] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in _BY_KEYWORD:
            raise TypeError(f"{name}: the parameter {parameter} cannot be passed by keyword")
        type_ = hints.get(parameter.name, Any)
        default = () if parameter.default is parameter.empty else (_default(parameter.default),)
        fields.append((parameter.name, type_, *default))
    arguments = msgspec.defstruct(
        f"{name}_arguments", fields, forbid_unknown_fields=True, kw_only=True
    )
    definition = ToolDefinition(
        tool_id=f"tool_{name}",
        name=name,
        description=description or inspect.getdoc(function),
        input_schema=_object_schema(arguments),
        output_schema=_output_schema(hints["return"]) if "return" in hints else None,
        source=ToolSource.REGISTRY_LOCAL,
    )
    blocking = blocking and not inspect.iscoroutinefunction(function)
    return Tool(definition, function, arguments, blocking)


def _with_integers(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _with_integers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_integers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _default(value: Any) -> Any:
    # msgspec copies an empty container, and refuses to share any other.
    if isinstance(value, (list, dict, set)) and value:
        return msgspec.field(default_factory=lambda: type(value)(value))
    return value


def _object_schema(type_: Any) -> dict[str, Any]:
    """Make the JSON Schema of an object, with the object on top unless it refers to itself."""
    (schema,), definitions = msgspec.json.schema_components(
        [type_], schema_hook=_schema_of, ref_template="#/$defs/{name}"
    )
    name = schema.get("$ref", "").rpartition("/")[2]
    refers_to_itself = f'"#/$defs/{name}"'.encode() in msgspec.json.encode(definitions)
    if name in definitions and not refers_to_itself:
        schema = {**definitions.pop(name)}
        schema.pop("title", None)
    return {**schema, "$defs": definitions} if definitions else schema


def _schema_of(type_: Any) -> dict[str, Any]:
    if type_ is not object:
        raise NotImplementedError
    # msgspec refuses an empty schema.
    return {"type": ["null", "boolean", "number", "string", "array", "object"]}


def _output_schema(type_: Any) -> dict[str, Any]:
    schema = _object_schema(type_)
    if schema.get("type") == "object" or ("type" not in schema and "$ref" in schema):
        return schema
    definitions = schema.pop("$defs", None)
    wrapped = {"type": "object", "properties": {"value": schema}, "required": ["value"]}
    return {**wrapped, "$defs": definitions} if definitions else wrapped
