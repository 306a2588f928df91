"""Arguments of a service's methods from HTTP requests, checked against the contract. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from arp_sdk.core import Operation, Parameter
from arp_sdk.errors import ArpDecodeError, ArpValidationError
from arp_sdk.schema import check_value, decode_json
from arp_sdk.server._errors import ServiceError, invalid


def positional(operation: Operation[Any], values: Sequence[str]) -> list[Any]:
    """Read the path parameters."""
    parameters = zip(operation.path_parameters, values, strict=True)
    return [_read(parameter, [value], "path") for parameter, value in parameters]


def keywords(
    operation: Operation[Any], query: Mapping[str, list[str]], headers: Mapping[str, str]
) -> dict[str, Any]:
    """Read the query and header parameters that are present."""
    found: dict[str, Any] = {}
    for place, parameters in (("query", operation.query), ("header", operation.headers)):
        for argument, parameter in parameters.items():
            name = parameter.name
            if place == "query":
                texts = query.get(name, [])
            else:
                texts = [text] if (text := headers.get(name.lower())) else []
            if texts:
                found[argument] = _read(parameter, texts, place)
            elif parameter.required:
                raise invalid(f"{place}.{name}", "$", f"{name} is required")
    return found


def body(operation: Operation[Any], data: bytes, content_type: str | None) -> Any:
    """Read the request body as a model."""
    if not data and not operation.body_required:
        return None
    if not _is_json(content_type or ""):
        message = f"Declare the body as Content-Type: application/json, not {content_type}."
        raise ServiceError(415, "unsupported_media_type", message)
    try:
        raw = msgspec.json.decode(data)
        check_value(raw, operation.body, "body")
        model = decode_json(data, operation.body)
        path = _null_path(raw, msgspec.to_builtins(model), "$") if b"null" in data else None
    except (ArpValidationError, ArpDecodeError) as error:
        raise invalid("body", error.path, error.message) from None
    except (ValueError, RecursionError) as error:
        raise ServiceError(400, "invalid_json", f"The body is not JSON: {error}") from None
    if path is not None:
        message = f"body: {path} is null; leave an absent property out"
        raise invalid("body", path, message)
    return model


def _read(parameter: Parameter, texts: list[str], place: str) -> Any:
    if parameter.type is str and len(texts) == 1:
        return texts[0]
    name = f"{place}.{parameter.name}"
    is_list = _is_list(parameter.type)
    if len(texts) > 1 and not (is_list and parameter.explode):
        raise invalid(name, "$", f"{parameter.name} was given more than once")
    if is_list and not parameter.explode:
        texts = texts[0].split(",")
    try:
        value = msgspec.convert(texts if is_list else texts[0], parameter.type, strict=False)
        check_value(value, parameter.type, parameter.name)
    except (msgspec.ValidationError, ArpValidationError) as error:
        raise invalid(name, "$", f"{parameter.name}: {error}") from None
    return value


def _is_list(type_: Any) -> bool:
    origin, arguments = get_origin(type_), get_args(type_)
    if origin is Annotated:
        return _is_list(arguments[0])
    return origin is list or (origin is Union and any(map(_is_list, arguments)))


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _null_path(raw: Any, read: Any, path: str) -> str | None:
    """Find a declared property that is null, which the models read as absent."""
    pairs: list[tuple[Any, Any, str]] = []
    if isinstance(raw, dict) and isinstance(read, dict):
        for key, value in raw.items():
            if value is None and key not in read:
                return f"{path}.{key}"
            pairs.append((value, read.get(key), f"{path}.{key}"))
    elif isinstance(raw, list) and isinstance(read, list):
        pairs = [(raw[i], read[i], f"{path}[{i}]") for i in range(min(len(raw), len(read)))]
    return next((found for pair in pairs if (found := _null_path(*pair))), None)
