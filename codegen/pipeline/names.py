"""Names in the contract -> names in Python."""

from __future__ import annotations

import builtins
import keyword
import re

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

# What a field or an argument must not hide: the names that annotations and methods use.
_MODEL_NAMES = frozenset(
    {"from_dict", "from_json", "to_dict", "to_json", "validate", "datetime"}
    | {"str", "int", "float", "bool", "bytes", "dict", "list", "object"}
)
_CLIENT_NAMES = frozenset({"base_url", "options", "with_options", "close", "raw"})


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def snake(text: str) -> str:
    """`pageSize`, `page-size` and `PageSize` -> `page_size`."""
    if re.fullmatch(r"[a-z][a-z0-9_]*", text):
        return text
    return "_".join(word.lower() for word in words(text))


def pascal(text: str) -> str:
    """`run_request` -> `RunRequest`; a name that is Pascal case already stays as it is."""
    if re.fullmatch(r"[A-Z][A-Za-z0-9]*", text):
        return text
    return "".join(word[0].upper() + word[1:] for word in words(text))


def constant(text: str) -> str:
    """`tool_call` -> `TOOL_CALL`."""
    name = snake(text).upper()
    if not name:
        return "EMPTY" if not text.strip() else ""
    return f"VALUE_{name}" if name[0].isdigit() else name


def field_name(text: str) -> str:
    return _usable(snake(text), _MODEL_NAMES)


def argument_name(text: str) -> str:
    return _usable(snake(text), frozenset({"self", "body"}))


def method_name(text: str) -> str:
    return _usable(snake(text), _CLIENT_NAMES)


def class_name(text: str) -> str:
    name = pascal(text)
    return f"{name}_" if keyword.iskeyword(name) or hasattr(builtins, name) else name


def _usable(name: str, taken: frozenset[str]) -> str:
    if name and name[0].isdigit():
        name = f"field_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in taken else name
