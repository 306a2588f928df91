"""A Python function as a tool of the registry."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec

from arp_sdk.models import ToolDefinition, ToolSource

_POSITIONAL = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class ToolError(Exception):
    """What a tool raises to say that it cannot do what it was asked for.

    Its message is what the caller gets to see, with the code `tool.execution_error`.
    """


@dataclass(frozen=True)
class Tool:
    """A tool of the registry.

    Attributes:
        definition: What the registry says of it.
        function: What it calls, by keyword.
        arguments: The type of its arguments.
        blocking: Whether the function has to be called in a thread.
    """

    definition: ToolDefinition
    function: Callable[..., Any]
    arguments: type[msgspec.Struct]
    blocking: bool

    def read(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the function takes them.

        Args:
            args: By name, as JSON values.

        Raises:
            msgspec.ValidationError: If they do not fit its signature.
        """
        converted = msgspec.convert(dict(args), self.arguments)
        return {name: getattr(converted, name) for name in self.arguments.__struct_fields__}

    async def call(self, keywords: Mapping[str, Any]) -> dict[str, Any]:
        """What the function returns, as a JSON object; what is none becomes `{"value": ...}`."""
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
    """Make a tool of a function, with the JSON Schemas of its signature.

    Raises:
        TypeError: If a parameter cannot be passed by keyword, or a type has no JSON Schema.
    """
    name = name or function.__name__
    hints = get_type_hints(function, include_extras=True)
    fields: list[Any] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in _POSITIONAL:
            raise TypeError(f"{name}: the parameter {parameter} cannot be passed by its name")
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


def _default(value: Any) -> Any:
    # msgspec copies an empty one, and refuses others as too dangerous to share.
    if isinstance(value, (list, dict, set)) and value:
        return msgspec.field(default_factory=lambda: type(value)(value))
    return value


def _object_schema(type_: Any) -> dict[str, Any]:
    """The JSON Schema of an object, itself on top and what it refers to beside."""
    (schema,), definitions = msgspec.json.schema_components([type_], ref_template="#/$defs/{name}")
    name = schema.get("$ref", "").rpartition("/")[2]
    if name in definitions and not _refers_to(definitions, name):
        schema = {**definitions.pop(name)}
        schema.pop("title", None)
    return {**schema, "$defs": definitions} if definitions else schema


def _refers_to(definitions: Mapping[str, Any], name: str) -> bool:
    return f'"#/$defs/{name}"'.encode() in msgspec.json.encode(definitions)


def _output_schema(type_: Any) -> dict[str, Any]:
    schema = _object_schema(type_)
    shape = schema.get("type")
    if shape == "object" or (shape is None and "$ref" in schema):
        return schema
    definitions = schema.pop("$defs", None)
    wrapped = {"type": "object", "properties": {"value": schema}, "required": ["value"]}
    return {**wrapped, "$defs": definitions} if definitions else wrapped
