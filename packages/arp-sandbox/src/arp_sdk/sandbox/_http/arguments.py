"""From a request to the arguments of a method, checked against the contract. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from arp_sdk.core import Operation, Parameter
from arp_sdk.errors import ArpDecodeError, ArpValidationError
from arp_sdk.schema import check_value, decode_json

from .service_error import ServiceError


def positional(operation: Operation[Any], values: Sequence[str]) -> list[Any]:
    """The path parameters' values.

    Raises:
        ServiceError: If one breaks the contract.
    """
    return [
        _value(parameter, [value], "path")
        for parameter, value in zip(operation.path_parameters, values, strict=True)
    ]


def keywords(
    operation: Operation[Any], query: Mapping[str, list[str]], headers: Mapping[str, str]
) -> dict[str, Any]:
    """The values of the query and header parameters that are there.

    Args:
        operation: The operation.
        query: All values of each query parameter, by its name on the wire.
        headers: By name in lower case.

    Raises:
        ServiceError: If one breaks the contract, or a required one is missing.
    """
    found: dict[str, Any] = {}
    for argument, parameter in operation.query.items():
        values = query.get(parameter.name, [])
        if _is_there(parameter, values, "query"):
            found[argument] = _value(parameter, values, "query")
    for argument, parameter in operation.headers.items():
        text = headers.get(parameter.name.lower())
        if _is_there(parameter, text, "header"):
            found[argument] = _value(parameter, [text or ""], "header")
    return found


def body(operation: Operation[Any], data: bytes, content_type: str | None) -> Any:
    """The request body as a model.

    Raises:
        ServiceError: If it is missing, no JSON, or breaks the contract.
    """
    if not data and not operation.body_required:
        return None
    if content_type is not None and not _is_json(content_type):
        raise ServiceError(
            415,
            "unsupported_media_type",
            f"The body has to be application/json, not {content_type}",
        )
    try:
        raw = msgspec.json.decode(data)
    except (ValueError, RecursionError) as error:
        raise ServiceError(400, "invalid_json", f"The body is not JSON: {error}") from None
    try:
        check_value(raw, operation.body, "body")
        model = decode_json(data, operation.body)
    except (ArpValidationError, ArpDecodeError) as error:
        raise _invalid("body", error.path, error.message) from None
    path = _null(raw, msgspec.to_builtins(model))
    if path is not None:
        raise _invalid("body", path, f"body: an absent value is left out, not null at {path}")
    return model


def _is_there(parameter: Parameter, value: Any, place: str) -> bool:
    if not value and parameter.required:
        raise _invalid(f"{place}.{parameter.name}", "$", f"{parameter.name} is required")
    return bool(value)


def _value(parameter: Parameter, texts: list[str], place: str) -> Any:
    name = f"{place}.{parameter.name}"
    is_list = _is_list(parameter.type)
    if len(texts) > 1 and not (is_list and parameter.explode):
        raise _invalid(name, "$", f"{parameter.name} was given more than once")
    if is_list and not parameter.explode:
        texts = texts[0].split(",")
    try:
        value = msgspec.convert(texts if is_list else texts[0], parameter.type, strict=False)
        check_value(value, parameter.type, parameter.name)
    except (msgspec.ValidationError, ArpValidationError) as error:
        raise _invalid(name, "$", f"{parameter.name}: {error}") from None
    return value


def _is_list(type_: Any) -> bool:
    origin, arguments = get_origin(type_), get_args(type_)
    if origin is Annotated:
        return _is_list(arguments[0])
    return origin is list or (origin is Union and any(map(_is_list, arguments)))


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _invalid(place: str, path: str, message: str) -> ServiceError:
    details = {"place": place, "path": path}
    return ServiceError(400, "invalid_request", message, details=details)


def _null(raw: Any, read: Any) -> str | None:
    """Where a declared field is null: the models take that for absent, the contract does not."""
    # A stack of our own: free-form JSON may be nested deeper than Python recurses.
    pending = [(raw, read, "$")]
    while pending:
        raw, read, path = pending.pop()
        if isinstance(raw, dict) and isinstance(read, dict):
            for key, value in raw.items():
                if key in read:
                    pending.append((value, read[key], f"{path}.{key}"))
                elif value is None:
                    return f"{path}.{key}"
        elif isinstance(raw, list) and isinstance(read, list):
            pairs = enumerate(zip(raw, read, strict=True))
            pending += [(value, item, f"{path}[{index}]") for index, (value, item) in pairs]
    return None
