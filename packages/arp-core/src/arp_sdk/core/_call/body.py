"""The body of a request: JSON, a form, text or bytes; and values as text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from enum import Enum
from itertools import chain
from typing import Any
from urllib.parse import quote_plus

import msgspec

from arp_sdk.core._contract.operation import Operation, Parameter
from arp_sdk.errors import ArpValidationError
from arp_sdk.schema import Upload, encode_json
from arp_sdk.schema._custom import members_of, to_builtins

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_SEPARATORS = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}


def is_json(media_type: str) -> bool:
    """Return whether a media type is JSON, or any."""
    kind = media_type.partition(";")[0].strip().lower()
    return kind in ("application/json", "*/*", "text/json") or kind.endswith("+json")


def encode_body(operation: Operation[Any], body: Any) -> tuple[bytes | None, str]:
    """Return the bytes of a request body, or None if there is none, and its Content-Type."""
    type_, media_type = operation.body, operation.media_type
    if type_ is None or body is msgspec.UNSET:
        return None, ""
    if body is None and not operation.body_nullable:
        if operation.body_required:
            raise ArpValidationError("a request body is required", subject=operation.name)
        return None, ""
    if is_json(media_type):
        return encode_json(body, type_), media_type.replace("*/*", "application/json")
    if type_ is bytes:
        return _bytes(body, operation), media_type
    checked = encode_json(body, type_)
    if media_type == FORM:
        found = [pair for each in _form(operation, body) for pair in pairs(*each)]
        return "&".join(found).encode(), FORM
    if media_type == MULTIPART:
        boundary = os.urandom(16).hex()
        parts = b"".join(_part(boundary, name, value) for name, value in _parts(operation, body))
        return parts + f"--{boundary}--\r\n".encode(), f"{MULTIPART}; boundary={boundary}"
    sent: str = msgspec.json.decode(checked)
    return sent.encode(), f"{media_type}; charset=utf-8"


def _bytes(body: Any, operation: Operation[Any]) -> bytes:
    if not isinstance(body, (bytes, bytearray, memoryview)):
        reason = f"the body must be bytes, not {type(body).__name__}"
        raise ArpValidationError(reason, subject=operation.name)
    return bytes(body)


def _form(operation: Operation[Any], body: Any) -> Iterator[tuple[Parameter, Any]]:
    for name, value in members_of(body).items():
        style = "form" if isinstance(value, (list, tuple)) else "json"
        yield operation.encoding.get(name, Parameter(name, style=style)), value


def _parts(operation: Operation[Any], body: Any) -> Iterator[tuple[str, Any]]:
    """Iterate over the parts of a form: an array has one for each of its elements."""
    for name, value in members_of(body).items():
        parameter = operation.encoding.get(name, Parameter(name))
        if isinstance(value, (list, tuple)) and parameter.style != "json":
            yield from ((name, item) for item in value)
        else:
            yield name, value


def _part(boundary: str, name: str, value: Any) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_escaped(name)}"'
    if isinstance(value, Upload):
        head += f'; filename="{_escaped(value.filename)}"\r\nContent-Type: {value.content_type}'
        content = value.content
    else:
        plain = to_builtins(value)
        head += "\r\nContent-Type: application/json" if isinstance(plain, (dict, list)) else ""
        content = text(plain).encode()
    return head.encode() + b"\r\n\r\n" + content + b"\r\n"


def _escaped(name: str) -> str:
    """Return the name of a part or a file for its header (WHATWG HTML, 4.10.21.8)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def pairs(parameter: Parameter, value: Any) -> Iterator[str]:
    """Iterate over the pairs of a query or a form that a value is sent as."""
    name, plain = parameter.name, to_builtins(value)
    try:
        if parameter.style == "json" or not isinstance(plain, (dict, list, tuple)):
            yield _pair(name, text(value if isinstance(value, Enum) else plain))
        elif parameter.style == "deepObject":
            yield from _deep(name, plain)
        elif not parameter.explode:
            flat = chain(*plain.items()) if isinstance(plain, dict) else plain
            # A delimiter stands between values; one inside a value is encoded (RFC 6570, 3.2.8).
            joined = _SEPARATORS[parameter.style].join(quote_plus(text(item)) for item in flat)
            yield f"{quote_plus(name)}={joined}"
        elif isinstance(plain, dict):
            yield from (_pair(key, text(member)) for key, member in plain.items())
        else:
            yield from (_pair(name, text(item)) for item in plain)
        return
    except UnicodeEncodeError:
        pass
    raise ArpValidationError("cannot be encoded as UTF-8", subject=name)


def _deep(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _deep(f"{name}[{key}]", member)
    elif isinstance(value, list):
        yield from (_pair(name, text(item)) for item in value)
    else:
        yield _pair(name, text(value))


def _pair(name: str, value: str) -> str:
    return f"{quote_plus(name)}={quote_plus(value)}"


def text(value: Any) -> str:
    """Return a value as text: a string as it is, others as in JSON."""
    if isinstance(value, Enum):
        value = value.value
    plain = value if isinstance(value, str) else to_builtins(value)
    return plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()
