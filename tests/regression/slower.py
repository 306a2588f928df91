"""The same paths, each with a regression."""

from __future__ import annotations

import json
from typing import Any

from arp_sdk.core import Client
from arp_sdk.models import RunListResponse, RunRequest
from arp_sdk.schema import encode_json
from regression import counting

_call, _encode = Client._call, encode_json


def _with_options_first(self: Client, operation: Any, **arguments: Any) -> Any:
    return _call(self.with_options(timeout=5), operation, **arguments)


def _by_way_of_dicts(data: bytes) -> RunListResponse:
    return RunListResponse.from_dict(json.loads(data))


def _checked_twice(value: RunRequest, type_: type[RunRequest]) -> bytes:
    value.validate()
    data: bytes = _encode(value, type_)
    return data


def main() -> None:
    """Print the costs as `counting` does."""
    for where, name, worse in (
        (Client, "_call", _with_options_first),
        (RunListResponse, "from_json", _by_way_of_dicts),
        (counting, "encode_json", _checked_twice),
    ):
        setattr(where, name, worse)
    print(json.dumps(counting.measured()))


if __name__ == "__main__":
    main()
