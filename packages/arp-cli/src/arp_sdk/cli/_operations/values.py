"""Values on the command line -> values of JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

# It takes no type argument before click 8.5.
if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType


class Raw(_ParamType):
    """Bytes: those of a text, of a file with its name after `@`, or of stdin for `-`."""

    name = "data"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the bytes that the text stands for."""
        if not isinstance(value, str):
            return value
        if value == "-":
            return sys.stdin.buffer.read()
        if not value.startswith("@"):
            return value.encode()
        try:
            return Path(value[1:]).read_bytes()
        except OSError as error:
            self.fail(f"{value[1:]}: {error.strerror}", param, ctx)


class Json(_ParamType):
    """JSON text, or the name of a file with it after `@`, or `-` for stdin."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value that the text stands for."""
        if not isinstance(value, str):
            return value
        try:
            if value == "-":
                value = sys.stdin.read()
            elif value.startswith("@"):
                value = Path(value[1:]).read_text(encoding="utf-8")
            return json.loads(value, parse_constant=_refuse)
        except OSError as error:
            self.fail(f"{value[1:]}: {error.strerror}", param, ctx)
        except ValueError as error:
            self.fail(f"This is not JSON: {error}. @FILE reads a file, - reads stdin.", param, ctx)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not allowed")


def unknown_property(given: Any, kept: Any, path: str = "$") -> str | None:
    """Return the path of a property that a model has dropped, or None."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for name, value in given.items():
            if name not in kept:
                if value is not None:
                    return f"{path}.{name}"
            elif (found := unknown_property(value, kept[name], f"{path}.{name}")) is not None:
                return found
    if isinstance(given, list) and isinstance(kept, list):
        for number, (mine, theirs) in enumerate(zip(given, kept, strict=False)):
            if (found := unknown_property(mine, theirs, f"{path}[{number}]")) is not None:
                return found
    return None


def read_as(value: Any, type_: Any, name: str) -> Any:
    """Return a value of JSON as a type of the contract, which has to know all of its properties."""
    from arp_sdk.cli._output.formats import as_data
    from arp_sdk.errors import ArpDecodeError
    from arp_sdk.schema import decode_json

    try:
        made = decode_json(json.dumps(value).encode(), type_)
    except ArpDecodeError as error:
        raise click.UsageError(f"{name}: {error.message}") from None
    dropped = unknown_property(value, as_data(made))
    if dropped is not None:
        raise click.UsageError(f"{name}: the contract has no property {dropped}")
    return made
