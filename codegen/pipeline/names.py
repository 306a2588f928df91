"""Names in the contract -> names in Python."""

from __future__ import annotations

import builtins
import keyword
import re

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

# What the body of a generated class uses, so that nothing in it may hide it.
_USED_IN_CLASSES = frozenset(
    {"str", "int", "float", "bool", "bytes", "dict", "list", "tuple", "datetime", "msgspec"}
    | {"property", "super"}
)
_MODEL_NAMES = frozenset({"from_dict", "from_json", "to_dict", "to_json", "validate"})
_CLIENT_NAMES = frozenset({"base_url", "options", "with_options", "close", "raw"})
# What generated modules import, so that no model may have the name.
_IMPORTED = frozenset(
    {"Annotated", "Any", "AwareDatetime", "ClassVar", "Client", "EffectKey", "EventStream"}
    | {"AbstractContextManager", "Callable", "Iterable", "Iterator", "Mapping", "ToolFormats"}
    | {"CancelElsewhere", "Follow", "Invocable", "Leasable", "LongRunning", "Outcome"}
    | {"Outcomes"}
    | {"Pageable", "Pager", "Streamed"}
    | {"Final", "Model", "OnSend", "OpenEnum", "Operation", "Parameter", "RawResponse"}
    | {"ServerSentEvent", "Service", "TypeAlias"}
)


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def snake(text: str) -> str:
    """`pageSize`, `page-size` and `PageSize` -> `page_size`."""
    if re.fullmatch(r"[a-z0-9][a-z0-9_]*", text):
        return text
    return "_".join(word.lower() for word in words(text))


def pascal(text: str) -> str:
    """`pet_food` -> `PetFood`; a name that is Pascal case already stays as it is."""
    if re.fullmatch(r"[A-Z][A-Za-z0-9]*", text):
        return text
    return "".join(word[0].upper() + word[1:] for word in words(text))


def constant(text: str) -> str:
    """`long_haired` -> `LONG_HAIRED`."""
    name = snake(text).upper()
    if not name:
        return "EMPTY" if not text.strip() else ""
    return f"VALUE_{name}" if name[0].isdigit() else name


def field_name(text: str) -> str:
    return _usable(snake(text), "field", _MODEL_NAMES | _USED_IN_CLASSES)


def argument_name(text: str) -> str:
    return _usable(snake(text), "argument", frozenset({"self", "body"}))


def method_name(text: str) -> str:
    return _usable(snake(text), "call", _CLIENT_NAMES | _USED_IN_CLASSES)


def class_name(text: str) -> str:
    name = pascal(text)
    if name and name[0].isdigit():
        name = f"Model{name}"
    taken = keyword.iskeyword(name) or hasattr(builtins, name) or name in _IMPORTED
    return f"{name}_" if taken else name


def _usable(name: str, prefix: str, taken: frozenset[str]) -> str:
    if name and name[0].isdigit():
        name = f"{prefix}_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in taken else name
