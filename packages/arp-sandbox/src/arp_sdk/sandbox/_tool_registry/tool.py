"""Python functions as tools."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec

from arp_sdk.models import ToolDefinition, ToolSource

_BY_KEYWORD = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class ToolError(Exception):
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
        if inspect.iscoroutinefunction(self.function):
            value = await self.function(**keywords)
        elif self.blocking:
            value = await asyncio.to_thread(self.function, **keywords)
        else:
            value = self.function(**keywords)
        plain = msgspec.to_builtins(value, str_keys=True)
        return plain if isinstance(plain, dict) else {"value": plain}


def make_tool(
    function: Callable[..., Any],
    name: str | None = None,
    description: str | None = None,
    blocking: bool = True,
) -> Tool:
    """Make a tool from a function, with JSON Schemas from its signature."""
    name = name or function.__name__
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
    (schema,), definitions = msgspec.json.schema_components([type_], ref_template="#/$defs/{name}")
    name = schema.get("$ref", "").rpartition("/")[2]
    refers_to_itself = f'"#/$defs/{name}"'.encode() in msgspec.json.encode(definitions)
    if name in definitions and not refers_to_itself:
        schema = {**definitions.pop(name)}
        schema.pop("title", None)
    return {**schema, "$defs": definitions} if definitions else schema


def _output_schema(type_: Any) -> dict[str, Any]:
    schema = _object_schema(type_)
    if schema.get("type") == "object" or ("type" not in schema and "$ref" in schema):
        return schema
    definitions = schema.pop("$defs", None)
    wrapped = {"type": "object", "properties": {"value": schema}, "required": ["value"]}
    return {**wrapped, "$defs": definitions} if definitions else wrapped
