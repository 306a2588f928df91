"""Models as fields of pydantic's models. Only pydantic imports this."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from typing import Any, get_args

import msgspec
from pydantic import TypeAdapter
from pydantic_core import PydanticCustomError, core_schema

from arp_sdk.errors import ArpDecodeError, ArpValidationError
from arp_sdk.schema._checks import Checked
from arp_sdk.schema._strict import strict_type
from arp_sdk.schema._union import OneOf

_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n        .*)*)", re.MULTILINE)
_REFERENCE = "#/$defs/"
# The models whose schemas are being written, since they may contain themselves.
_Open = tuple[type, ...]


def core_schema_of(model: Any, open_: _Open = ()) -> core_schema.CoreSchema:
    """Return how pydantic reads, writes and describes a model.

    `open_` are the models that contain it, for their descriptions.
    """
    return core_schema.no_info_plain_validator_function(
        partial(_read, model),
        ref=_reference(model),
        serialization=core_schema.plain_serializer_function_ser_schema(
            partial(_write, model), info_arg=True
        ),
        metadata={"pydantic_js_functions": [partial(_describe, model, open_)]},
    )


def serializer_of(model: type) -> object:
    """Return the serializer of a model that no type of pydantic's announces."""
    return _adapter(model).serializer


@cache
def _adapter(model: type) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _reference(model: type) -> str:
    return f"{model.__module__}.{model.__qualname__}:{id(model)}"


def _read(model: Any, value: Any) -> Any:
    """Read a value liberally, as responses are read."""
    if isinstance(value, model):
        return value
    if not isinstance(value, Mapping):
        kind = {"expected": model.__name__, "got": type(value).__name__}
        raise PydanticCustomError("arp_model", "Expected {expected} or a mapping, got {got}", kind)
    try:
        return model.from_dict(value)
    except ArpDecodeError as error:
        # pydantic formats the text with its context.
        raise PydanticCustomError("arp_model", "{reason}", {"reason": error.message}) from None


def _write(model: Any, value: Any, info: core_schema.SerializationInfo) -> Any:
    """Return a value as JSON values, after the strict check of requests, or as plain values."""
    if not isinstance(value, model):
        got = type(value).__name__
        raise ArpValidationError(f"got {got}", subject=f"a field for {model.__name__}")
    if info.mode != "json":
        return msgspec.to_builtins(value, builtin_types=(datetime,), str_keys=True)
    value.validate()
    return value.to_dict()


def _describe(model: Any, open_: _Open, _: core_schema.CoreSchema, handler: Any) -> dict[str, Any]:
    """Return the JSON Schema of what is written."""
    # The handler itself knows the schemas of pydantic only.
    generate = handler.generate_json_schema.generate_inner
    inner: dict[str, Any] = {}
    for hint in typing.get_type_hints(model, include_extras=True).values():
        _find_models(hint, inner)
    schemas = msgspec.json.schema_components([strict_type(model)], schema_hook=_custom)[1]

    def resolve(schema: Any) -> Any:
        if isinstance(schema, list):
            return [resolve(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        name = schema.get("$ref", "").removeprefix(_REFERENCE)
        if name not in inner:
            return {key: resolve(each) for key, each in schema.items()}
        if inner[name] in (*open_, model):
            return generate(core_schema.definition_reference_schema(_reference(inner[name])))
        return generate(core_schema_of(inner[name], (*open_, model)))

    found: dict[str, Any] = resolve(schemas[model.__name__])
    summary, *attributes = inspect.cleandoc(model.__doc__ or "").split("\nAttributes:\n")
    found["description"] = summary.strip()
    names = {field.name: field.encode_name for field in msgspec.structs.fields(model)}
    for name, text in _ATTRIBUTE.findall("".join(attributes)):
        prop = found["properties"].get(names.get(name, name))
        if prop is not None and "$ref" not in prop:
            prop["description"] = re.sub(r"\s+", " ", text)
    return found


def _find_models(hint: Any, found: dict[str, Any]) -> None:
    if isinstance(hint, OneOf):
        for variant in hint.variants:
            _find_models(variant, found)
    elif isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        found[hint.__name__] = hint
    for argument in get_args(hint):
        _find_models(argument, found)


def _custom(type_: type) -> dict[str, Any]:
    """Return the schema of a type that msgspec reads with our help."""
    if isinstance(type_, Checked):
        return {**msgspec.json.schema(type_.inner()), **type_.keywords}
    if isinstance(type_, OneOf):
        return {"oneOf": [_variant(each) for each in type_.variants]}
    raise NotImplementedError


def _variant(type_: Any) -> dict[str, Any]:
    if isinstance(type_, OneOf):
        return _custom(type_)
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        return {"$ref": f"{_REFERENCE}{type_.__name__}"}
    return msgspec.json.schema(type_)
