"""Names in the contract -> names in Python."""

from __future__ import annotations

import builtins
import keyword
import re

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

# The body of a generated class uses these names, so no member may have one.
_USED_IN_CLASSES = frozenset(
    {"str", "int", "float", "bool", "bytes", "dict", "list", "tuple", "datetime", "msgspec"}
    | {"property", "super"}
)
_MODEL_NAMES = frozenset({"from_dict", "from_json", "to_dict", "to_json", "validate"})
_CLIENT_NAMES = frozenset({"base_url", "options", "with_options", "close", "raw"})
# Generated modules import these names, so no model may have one.
_IMPORTED = frozenset(
    {"Annotated", "Any", "AwareDatetime", "ClassVar", "Client", "EffectKey", "EventStream"}
    | {"AbstractContextManager", "Callable", "Iterable", "Iterator", "Mapping", "ToolFormats"}
    | {"CancelElsewhere", "Follow", "Invocable", "Leasable", "LongRunning", "Outcome"}
    | {"Outcomes"}
    | {"Pageable", "Pager", "Streamed"}
    | {"Final", "Model", "OnSend", "OpenEnum", "Operation", "Parameter", "RawResponse"}
    | {"ServerSentEvent", "Service", "TypeAlias"}
)


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def snake(text: str) -> str:
    """Return `page_size` for `pageSize`, `page-size` and `PageSize`."""
    if re.fullmatch(r"[a-z0-9][a-z0-9_]*", text):
        return text
    return "_".join(word.lower() for word in _words(text))


def pascal(text: str) -> str:
    """Return `PetFood` for `pet_food`; a name in Pascal case stays as it is."""
    if re.fullmatch(r"[A-Z][A-Za-z0-9]*", text):
        return text
    return "".join(word[0].upper() + word[1:] for word in _words(text))


def constant(text: str) -> str:
    """Return `LONG_HAIRED` for `long_haired`."""
    name = snake(text).upper()
    if not name:
        return "EMPTY" if not text.strip() else ""
    return f"VALUE_{name}" if name[0].isdigit() else name


def field_name(text: str) -> str:
    """Return the name of a property as an attribute of a model."""
    return _usable(snake(text), "field", _MODEL_NAMES | _USED_IN_CLASSES)


def argument_name(text: str) -> str:
    """Return the name of a parameter as an argument of a method."""
    return _usable(snake(text), "argument", frozenset({"self", "body"}))


def method_name(text: str) -> str:
    """Return the name of an operation as a method of a client."""
    return _usable(snake(text), "call", _CLIENT_NAMES | _USED_IN_CLASSES)


def class_name(text: str) -> str:
    """Return the name of a schema as a class."""
    name = pascal(text)
    if name and name[0].isdigit():
        name = f"Model{name}"
    taken = keyword.iskeyword(name) or hasattr(builtins, name) or name in _IMPORTED
    return f"{name}_" if taken else name


def _usable(name: str, prefix: str, taken: frozenset[str]) -> str:
    if name and name[0].isdigit():
        name = f"{prefix}_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in taken else name
