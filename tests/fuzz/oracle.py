"""Checks of results: a call returns a correct value, or raises a usable `ArpError`."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from datetime import datetime
from typing import Any, get_args

import msgspec

from arp_sdk.errors import ArpError
from arp_sdk.schema import Model


def settle(call: Callable[[], Any], type_: Any) -> Any:
    """Make a call, and return its value or its `ArpError` after checking it.

    Any other exception fails the test.
    """
    try:
        value = call()
    except ArpError as error:
        check_error(error)
        return error
    check_value(value, type_)
    return value


def check_error(error: ArpError, *kinds: type[ArpError]) -> None:
    assert isinstance(error, kinds or ArpError)
    assert str(error).encode()
    assert repr(error).encode()
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert vars(twin) == vars(error)


def check_value(value: Any, type_: Any) -> None:
    """Check that a value has the declared type, and survives encoding and decoding."""
    if type_ is None:
        assert value is None
        return
    if isinstance(value, list):
        (type_,) = get_args(type_) or (type_,)
        for item in value:
            check_value(item, type_)
        return
    assert type(value) is type_
    assert isinstance(value, Model)
    text = value.to_json()
    again = type(value).from_json(text)
    assert again == value
    assert again.to_json() == text
    assert type(value).from_dict(value.to_dict()) == value
    assert repr(value).encode("utf-8", "backslashreplace")


def check_agreement(value: Any, body: bytes) -> None:
    """Check that a value has nothing that the body of the response did not have."""
    if value is not None:
        written = json.loads(msgspec.json.encode(value))
        # Invalid UTF-8 may be in a property that the model ignores.
        sent = json.loads(body.decode("utf-8-sig", "replace"), parse_int=_any_int)
        difference = _difference(written, sent, "$")
        assert difference is None, difference


def _any_int(digits: str) -> int:
    # Python refuses some thousands of digits, which may be in an ignored property.
    return int(digits) if len(digits) < 4000 else 0


def _difference(written: Any, sent: Any, path: str) -> str | None:
    if isinstance(written, dict) and isinstance(sent, dict):
        inner = [(written[key], sent.get(key), f"{path}.{key}") for key in written]
    elif isinstance(written, list) and isinstance(sent, list) and len(written) == len(sent):
        inner = [(w, s, f"{path}[{i}]") for i, (w, s) in enumerate(zip(written, sent, strict=True))]
    else:
        same = written == sent and isinstance(written, bool) == isinstance(sent, bool)
        same = same or _moment(written) == _moment(sent) != None  # noqa: E711
        return None if same else f"{path}: {written!r} from {sent!r}"
    found = (_difference(*three) for three in inner)
    return next((text for text in found if text is not None), None)


def _moment(text: Any) -> datetime | None:
    try:
        return msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        return None
