"""Arguments of a service's methods from HTTP requests, checked against the contract. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from arp_sdk.core import Operation, Parameter
from arp_sdk.core._call.body import FORM, MULTIPART, is_json
from arp_sdk.errors import ArpDecodeError, ArpValidationError
from arp_sdk.schema import UNSET, check_value, decode_json
from arp_sdk.schema._custom import decode_custom, to_builtins
from arp_sdk.server._errors import ServiceError, invalid

from . import forms


def positional(operation: Operation[Any], values: Sequence[str]) -> list[Any]:
    """Read the path parameters."""
    parameters = zip(operation.path_parameters, values, strict=True)
    return [
        value if each.type is str else _read(each, {each.name: [value]}, "path")
        for each, value in parameters
    ]


def keywords(
    operation: Operation[Any], query: Mapping[str, list[str]], headers: Mapping[str, str]
) -> dict[str, Any]:
    """Read the query and header parameters that are present."""
    found: dict[str, Any] = {}
    for place, parameters in (("query", operation.query), ("header", operation.headers)):
        for argument, parameter in parameters.items():
            name = parameter.name
            text = headers.get(name.lower()) if place == "header" else None
            values = query if place == "query" else {name: [text]} if text else {}
            others = {each.name for each in parameters.values()} - {name}
            value = _read(parameter, values, place, others)
            if value is not None:
                found[argument] = value
            elif parameter.required:
                raise invalid(f"{place}.{name}", "$", f"{name} is required")
    return found


def member(data: bytes, name: str) -> Any:
    """Return a property of a JSON body, or None."""
    try:
        found = msgspec.json.decode(data)
    except ValueError:
        return None
    return found.get(name) if isinstance(found, dict) else None


def body(operation: Operation[Any], data: bytes, content_type: str | None) -> Any:
    """Read the request body as the type that the operation declares."""
    if not data and not operation.body_required:
        return UNSET if operation.body_nullable else None
    given, wanted = _kind(content_type or ""), _kind(operation.media_type)
    if not (given == wanted or (is_json(wanted) and is_json(given) and given != "*/*")):
        message = f"Declare the body as Content-Type: {wanted}, not {content_type}."
        raise ServiceError(415, "unsupported_media_type", message)
    if operation.body is bytes:
        return data
    if not is_json(wanted):
        return _text_or_form(operation, data, content_type or "")
    try:
        raw = msgspec.json.decode(data)
        check_value(raw, operation.body, "body")
        model = decode_json(data, operation.body)
        path = _null_path(raw, to_builtins(model), "$") if b"null" in data else None
    except (ArpValidationError, ArpDecodeError) as error:
        raise invalid("body", error.path, error.message) from None
    except (ValueError, RecursionError) as error:
        raise ServiceError(400, "invalid_json", f"The body is not JSON: {error}") from None
    if path is not None:
        message = f"body: {path} is null; leave an absent property out"
        raise invalid("body", path, message)
    return model


def _text_or_form(operation: Operation[Any], data: bytes, content_type: str) -> Any:
    try:
        if _kind(content_type) not in (FORM, MULTIPART):
            return data.decode()
        values = forms.read(data, content_type)
        found: dict[str, Any] = {}
        for field in forms.fields_of(operation.body):
            value = _read(forms.parameter_of(operation, field), values, "body")
            if value is not None:
                found[field.name] = value
        model = operation.body(**found)
        check_value(model, operation.body, "body")
        return model
    except (ArpValidationError, ValueError, TypeError) as error:
        raise invalid("body", "$", _about("body", error)) from None


def _read(
    parameter: Parameter, values: forms.Values, place: str, others: Collection[str] = ()
) -> Any:
    """Return the value of a parameter, checked against its type, or None if it is absent."""
    given = values.get(parameter.name, ())
    if parameter.type is str and len(given) == 1:
        return given[0]
    name = f"{place}.{parameter.name}"
    if place in ("path", "header"):
        parameter = msgspec.structs.replace(parameter, explode=False)
    repeats = forms.is_list(parameter.type) and parameter.explode
    if len(given) > 1 and not repeats:
        raise invalid(name, "$", f"{parameter.name} was given more than once")
    value = forms.value_of(parameter, values, others)
    if value is None:
        return None
    try:
        read = msgspec.convert(
            value, parameter.type, strict=False, dec_hook=decode_custom, from_attributes=True
        )
        check_value(read, parameter.type, parameter.name)
    except ValueError as error:
        raise invalid(name, "$", _about(parameter.name, error)) from None
    return read


def _about(name: str, error: Exception) -> str:
    """Return the message of an error, which may already begin with the name."""
    return f"{name}: {str(error).removeprefix(f'{name}: ')}"


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


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
