"""The formats of `--output`. Only data is written to stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar, cast

import click

from .text import as_json, is_harmless

Format = Literal["table", "json", "jsonl", "yaml"]
FORMATS: tuple[Format, ...] = ("table", "json", "jsonl", "yaml")

F = TypeVar("F", bound=Callable[..., Any])


def _resolved(context: click.Context, parameter: click.Parameter, value: str | None) -> Format:
    del context, parameter
    chosen = value or ("table" if sys.stdout.isatty() else "json")
    return cast(Format, chosen)


def output_option(function: F) -> F:
    """Add the option `--output`, which is a table on a terminal and JSON elsewhere."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(FORMATS),
        callback=_resolved,
        help="Format of the output. Default: a table on a terminal, JSON elsewhere.",
    )(function)


def as_data(value: Any) -> Any:
    """Return a model, or anything made of models, as values of JSON."""
    from arp_sdk.schema import encode_json

    return json.loads(encode_json(value, type(value), strict=False))


def write(value: Any, format: Format, view: Callable[[Any], None]) -> None:
    """Write one value: a model, or anything made of models."""
    if format == "table":
        view(value)
    else:
        _write_text(_encoded(as_data(value), format))


def write_items(
    items: Iterable[Any], format: Format, view: Callable[[Iterable[Any]], None]
) -> None:
    """Write a list of values, in the format `jsonl` one by one as they come."""
    if format == "table":
        view(items)
    elif format == "jsonl":
        write_stream(items, format)
    else:
        _write_text(_encoded([as_data(item) for item in items], format))


def write_stream(items: Iterable[Any], format: Format) -> None:
    """Write values as they come: as lines of JSON, or as YAML documents."""
    for item in items:
        data = as_data(item)
        _write_text(
            f"---\n{_encoded(data, 'yaml')}" if format == "yaml" else _encoded(data, "jsonl")
        )
        sys.stdout.flush()


def _encoded(data: Any, format: Format) -> str:
    if format == "yaml":
        import yaml

        # In C where it is there: it takes a tenth of the time.
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        text: str = yaml.dump(data, Dumper=dumper, sort_keys=False, allow_unicode=True)
        if is_harmless(text) and not _is_limited():
            return text
        escaped: str = yaml.dump(data, Dumper=dumper, sort_keys=False)
        return escaped
    return as_json(data, indent=None if format == "jsonl" else 2, ascii=_is_limited())


def _is_limited() -> bool:
    """Return whether stdout cannot take all characters, as on Windows with a pipe."""
    return (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"


def _write_text(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
