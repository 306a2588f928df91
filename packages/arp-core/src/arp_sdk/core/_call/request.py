"""The request of one call, built from an operation and its arguments."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from arp_sdk.core._contract.operation import EffectKey, Operation, Parameter
from arp_sdk.core._http.encodings import accepted
from arp_sdk.core._http.headers import check_header
from arp_sdk.core._http.messages import HttpRequest
from arp_sdk.core._http.redaction import RedactedHeaders
from arp_sdk.core._http.urls import path_segment
from arp_sdk.errors import ArpValidationError
from arp_sdk.schema import check_value

from .body import encode_body, pairs, text


def build_request(
    operation: Operation[Any],
    base_url: str,
    *,
    path: Sequence[Any] = (),
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, Any] | None = None,
    body: Any = None,
    default_headers: Mapping[str, str] | None = None,
) -> HttpRequest:
    """Build the request for one call of an operation.

    The path parameters are in the order of the template. Query and header parameters go by
    argument name, and those that are None are left out.
    """
    target = _path(operation, path)
    url = base_url + target
    if query and (sent_query := _query(operation, query)):
        url = f"{url}?{sent_query}"
    sent = RedactedHeaders(default_headers or {})
    sent["Accept"] = operation.accept
    # A compressed stream would be delayed until a block is full.
    if "Accept-Encoding" not in sent:
        sent["Accept-Encoding"] = "identity" if operation.streams else accepted()
    if headers:
        sent.update(_header_pairs(operation, headers))
    content, content_type = encode_body(operation, body)
    if content is not None:
        sent["Content-Type"] = content_type
    # Some servers, the first-party registry among them, refuse a POST without a length.
    if content is not None or operation.method in ("POST", "PUT", "PATCH"):
        sent["Content-Length"] = str(len(content or b""))
    return HttpRequest(operation.name, operation.method, url, target, sent, content)


def with_effect_key(body: Any, key: EffectKey) -> tuple[Any, str | None]:
    """Return the body with the property that identifies its effect, and the value of that.

    A body without one gets a random value; the caller's own object stays as it is. A body that
    cannot have the property is left to the check of the whole body. Elements of an array have a
    value each, and there is none for the whole.
    """
    if key.items:
        return _with_item_keys(body, key), None
    name = _name_of(body, key.property)
    if name is None:
        return body, None
    given = _value(body, name)
    if given is not None and given is not msgspec.UNSET:
        return body, given if isinstance(given, str) else None
    chosen = f"{key.property.removesuffix('_id')}_{os.urandom(16).hex()}"
    return _with(body, name, chosen), chosen


def _with_item_keys(body: Any, key: EffectKey) -> Any:
    name = _name_of(body, key.items)
    items = None if name is None else _value(body, name)
    if name is None or not isinstance(items, list):
        return body
    each = EffectKey(key.property)
    return _with(body, name, [with_effect_key(item, each)[0] for item in items])


def with_stream_flag(body: Any, flag: tuple[str, bool]) -> Any:
    """Return the body with the property that asks for a stream, or for a single response.

    Raises:
        ArpValidationError: If the body asks for the other one.
    """
    key, wanted = flag
    name = _name_of(body, key)
    if name is None:
        return body
    given = _value(body, name)
    if given in (None, msgspec.UNSET):
        return _with(body, name, wanted)
    if given is not wanted:
        what = "a stream" if wanted else "a single response"
        raise ArpValidationError(f"must be {wanted}: this method returns {what}", subject=key)
    return body


def effect_id(body: Any, key: EffectKey) -> str | None:
    """Return the value of the property that identifies a body's effect, or None."""
    name = None if key.items else _name_of(body, key.property)
    given = None if name is None else _value(body, name)
    return given if isinstance(given, str) else None


def _value(body: Any, name: str) -> Any:
    return body.get(name) if isinstance(body, dict) else getattr(body, name)


def _with(body: Any, name: str, value: Any) -> Any:
    return {**body, name: value} if isinstance(body, dict) else body.replace(**{name: value})


def _name_of(body: Any, key: str) -> str | None:
    """Return the name of the attribute or key for a property of a body, or None."""
    if isinstance(body, dict):
        return key
    encoded = getattr(body, "__struct_encode_fields__", ())
    return body.__struct_fields__[encoded.index(key)] if key in encoded else None


def _path(operation: Operation[Any], values: Sequence[Any]) -> str:
    pieces = operation.path_pieces
    path = pieces[0]
    for parameter, value, piece in zip(operation.path_parameters, values, pieces[1:], strict=True):
        if parameter.type is str:
            shown = path_segment(parameter.name, value)
        else:
            checked = _checked(parameter, value)
            items = checked if isinstance(checked, (list, tuple)) else [checked]
            # A delimiter stands between values (RFC 6570, 3.2.2).
            shown = ",".join(path_segment(parameter.name, text(item)) for item in items)
            shown = shown or path_segment(parameter.name, "")
        path = f"{path}{shown}{piece}"
    return path


def _query(operation: Operation[Any], values: Mapping[str, Any]) -> str:
    found: list[str] = []
    for argument, value in values.items():
        parameter = operation.query[argument]
        if value is None:
            _demand(parameter)
        else:
            found += pairs(parameter, _checked(parameter, value))
    return "&".join(found)


def _header_pairs(operation: Operation[Any], values: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for argument, value in values.items():
        parameter = operation.headers[argument]
        if value is None:
            _demand(parameter)
            continue
        value = _checked(parameter, value)
        found.append((parameter.name, check_header(parameter.name, _simple(value))))
    return found


def _simple(value: Any) -> str:
    return ",".join(map(text, value)) if isinstance(value, (list, tuple)) else text(value)


def _demand(parameter: Parameter) -> None:
    if parameter.required:
        raise ArpValidationError("is required", subject=parameter.name)


def _checked(parameter: Parameter, value: Any) -> Any:
    check_value(value, parameter.type, parameter.name)
    return value
