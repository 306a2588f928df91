"""The request of one call, built from an operation and its arguments."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any
from urllib.parse import quote_plus

import msgspec

from arp_sdk.core._contract.operation import EffectKey, Operation, Parameter
from arp_sdk.core._http.encodings import accepted
from arp_sdk.core._http.headers import check_header
from arp_sdk.core._http.messages import HttpRequest
from arp_sdk.core._http.redaction import RedactedHeaders
from arp_sdk.core._http.urls import path_segment
from arp_sdk.errors import ArpValidationError
from arp_sdk.schema import check_value, encode_json


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

    Args:
        operation: The operation.
        base_url: URL of the service, as `check_base_url` returns it.
        path: Values of the path parameters, in the order of the template.
        query: Values of the query parameters by argument name; None is left out.
        headers: Values of the header parameters by argument name; None is left out.
        body: The request body, or None.
        default_headers: Headers of every request of the client.

    Raises:
        ArpValidationError: If a value breaks the contract.
    """
    target = _path(operation, path)
    url = base_url + target
    if query and (pairs := _query_pairs(operation, query)):
        url = f"{url}?{_encoded(pairs)}"
    sent = RedactedHeaders(default_headers or {})
    sent["Accept"] = operation.accept
    # A compressed stream would be delayed until a block is full.
    if "Accept-Encoding" not in sent:
        sent["Accept-Encoding"] = "identity" if operation.streams else accepted()
    if headers:
        sent.update(_header_pairs(operation, headers))
    content = _body(operation, body)
    if content is not None:
        sent["Content-Type"] = "application/json"
    # Some servers, the first-party registry among them, refuse a POST without a length.
    if content is not None or operation.method in ("POST", "PUT", "PATCH"):
        sent["Content-Length"] = str(len(content or b""))
    return HttpRequest(operation.name, operation.method, url, target, sent, content)


def with_effect_key(body: Any, key: EffectKey) -> tuple[Any, str | None]:
    """Return the body with the property that identifies its effect, and the value of that.

    A body without one gets a random value; the caller's own object stays as it is. A body that
    cannot have the property is left to the check of the whole body.
    """
    name = _effect_name(body, key)
    if name is None:
        return body, None
    given = body.get(name) if isinstance(body, dict) else getattr(body, name)
    if given is not None and given is not msgspec.UNSET:
        return body, given if isinstance(given, str) else None
    chosen = f"{key.property.removesuffix('_id')}_{os.urandom(16).hex()}"
    if isinstance(body, dict):
        return {**body, name: chosen}, chosen
    return msgspec.structs.replace(body, **{name: chosen}), chosen


def effect_id(body: Any, key: EffectKey) -> str | None:
    """Return the value of the property that identifies a body's effect, or None."""
    name = _effect_name(body, key)
    given = None
    if name is not None:
        given = body.get(name) if isinstance(body, dict) else getattr(body, name)
    return given if isinstance(given, str) else None


def _effect_name(body: Any, key: EffectKey) -> str | None:
    if isinstance(body, dict):
        return key.property
    if isinstance(body, msgspec.Struct) and key.property in body.__struct_encode_fields__:
        return body.__struct_fields__[body.__struct_encode_fields__.index(key.property)]
    return None


def _path(operation: Operation[Any], values: Sequence[Any]) -> str:
    pieces = operation.path_pieces
    path = pieces[0]
    for parameter, value, piece in zip(operation.path_parameters, values, pieces[1:], strict=True):
        text = value if parameter.type is str else _text(_checked(parameter, value))
        path = f"{path}{path_segment(parameter.name, text)}{piece}"
    return path


def _query_pairs(
    operation: Operation[Any], values: Mapping[str, Any]
) -> list[tuple[str, list[str]]]:
    pairs: list[tuple[str, list[str]]] = []
    for argument, value in values.items():
        parameter = operation.query[argument]
        if value is None:
            _demand(parameter)
            continue
        value = _checked(parameter, value)
        if not isinstance(value, (list, tuple)):
            pairs.append((parameter.name, [_text(value)]))
        elif parameter.explode:
            pairs.extend((parameter.name, [_text(item)]) for item in value)
        else:
            pairs.append((parameter.name, [_text(item) for item in value]))
    return pairs


def _encoded(pairs: list[tuple[str, list[str]]]) -> str:
    # A comma between values is a delimiter; one inside a value is encoded (RFC 6570, 3.2.8).
    try:
        return "&".join(
            f"{quote_plus(name)}={','.join(map(quote_plus, values))}" for name, values in pairs
        )
    except UnicodeEncodeError:
        names = ", ".join(dict(pairs))
    raise ArpValidationError("cannot be encoded as UTF-8", subject=names)


def _header_pairs(operation: Operation[Any], values: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for argument, value in values.items():
        parameter = operation.headers[argument]
        if value is None:
            _demand(parameter)
            continue
        value = _checked(parameter, value)
        text = ",".join(map(_text, value)) if isinstance(value, (list, tuple)) else _text(value)
        pairs.append((parameter.name, check_header(parameter.name, text)))
    return pairs


def _demand(parameter: Parameter) -> None:
    if parameter.required:
        raise ArpValidationError("is required", subject=parameter.name)


def _checked(parameter: Parameter, value: Any) -> Any:
    check_value(value, parameter.type, parameter.name)
    return value


def _text(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str):
        return value
    plain = msgspec.to_builtins(value)
    return plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()


def _body(operation: Operation[Any], body: Any) -> bytes | None:
    if operation.body is None:
        return None
    if body is None:
        if operation.body_required:
            raise ArpValidationError("a request body is required", subject=operation.name)
        return None
    return encode_json(body, operation.body)
