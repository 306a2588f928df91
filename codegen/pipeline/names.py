"""Names in the contract -> names in Python."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Callable, Collection, Container
from itertools import chain, count

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

# Generated modules need these names for themselves, by scope. A name of the contract that is one of
# them gets an underscore at its end; names with one at their start are always free.
# tests/codegen/test_any_name.py looks for others.
_IN_CLASS_BODIES = frozenset(
    {
        "bool", "bytes", "collections", "datetime", "dict", "float", "int", "list", "msgspec",
        "property", "str", "super", "tuple",
    }
)  # fmt: skip
_OF_MODELS = _IN_CLASS_BODIES | {
    "additional_properties", "from_dict", "from_json", "replace", "to_dict", "to_json", "to_mcp",
    "to_openai", "validate",
}  # fmt: skip
_OF_CLIENTS = _IN_CLASS_BODIES | {
    "base_url", "close", "contract", "options", "raw", "with_options",
}  # fmt: skip
_OF_MODULES = frozenset(
    {
        "AbstractAsyncContextManager", "AbstractContextManager", "Annotated", "Any", "AsyncClient",
        "AsyncEventStream", "AsyncFollow", "AsyncIterable", "AsyncOutcomes", "AsyncPager",
        "AwareDatetime", "Callable", "ClassVar", "Client", "Content", "EXTRA",
        "EffectKey", "EventStream", "Final", "Follow", "Invocable", "Iterable", "Iterator",
        "Leasable", "Literal", "LongRunning", "Mapping", "Model", "OnSend", "OpenEnum",
        "OpenIntEnum",
        "Operation", "Outcome", "Outcomes", "Pageable", "Pager", "Parameter", "RawResponse",
        "SERVICE", "ServerSentEvent", "Service", "Streamed", "ToolFormats", "TYPE_CHECKING",
        "TypeAlias", "UNSET", "UnsetType", "Upload", "WorkerLookup",
    }
)  # fmt: skip
_BUILTINS = frozenset(dir(builtins))
_OF_METHODS = frozenset({"self", "body"})
_OF_STREAMS = _OF_METHODS | {"idle_timeout", "last_event_id"}
_OF_WORKFLOWS = _OF_STREAMS | {"max_interval", "on_event", "on_update", "timeout", "wait"}
# The constants that describe a service and its workflows.
_OF_OPERATIONS = re.compile(r"SERVICE|.*_(PAGES|ORDER|WORKFLOW)")


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


def distinct(derive: Callable[[str], str], taken: Container[str], *texts: str) -> str:
    """Return the first derived name that is valid and not taken, else one with a number.

    Args:
        derive: Function from a name in the contract to a name in Python.
        taken: The names that are not free.
        *texts: Names in the contract, by preference. One made of signs is spelled out, so that
            `+1` and `-1` become `PLUS_SIGN_1` and `HYPHEN_MINUS_1` if there are both.
    """
    valid: list[str] = []
    for text in chain(texts, map(_spelled, texts)):
        name = derive(text)
        if name.isidentifier():
            if name not in taken:
                return name
            valid.append(name)
    # A digit follows a name in Pascal case without an underscore.
    stem = (valid or [derive("unnamed")])[0].rstrip("_")
    join = "" if stem[0].isupper() and not stem.isupper() else "_"
    return next(n for i in count(2) if (n := f"{stem}{join}{i}") not in taken)


def _spelled(text: str) -> str:
    """Return a text with each sign as its name in Unicode."""
    return "".join(
        sign if sign.isascii() and (sign.isalnum() or sign in "_ ") else f" {_sign(sign)} "
        for sign in text
    )


def _sign(sign: str) -> str:
    return unicodedata.name(sign, "sign").lower()


def field_name(text: str) -> str:
    """Return the name of a property as an attribute of a model."""
    return _usable(snake(text), "field", _OF_MODELS)


def argument_name(text: str, stream: bool = False) -> str:
    """Return the name of a parameter as an argument of a method, which may return a stream."""
    return _usable(snake(text), "argument", _OF_STREAMS if stream else _OF_METHODS)


def workflow_argument(text: str) -> str:
    """Return the name of an attribute as an argument of the method of a workflow."""
    return _usable(text, "argument", _OF_WORKFLOWS)


def method_name(text: str) -> str:
    """Return the name of an operation as a method of a client."""
    return _usable(snake(text), "call", _OF_CLIENTS)


def operation_constant(method: str, classes: Collection[str]) -> str:
    """Return the name of the constant that describes an operation, next to these classes."""
    name = method.upper()
    while name in classes or _OF_OPERATIONS.fullmatch(name):
        name += "_"
    return name


def class_names(client: str) -> frozenset[str]:
    """Return the names of the classes that are generated for a client."""
    service = client.removesuffix("Client")
    return frozenset({client, f"Async{client}", f"Raw{client}", f"AsyncRaw{client}"}) | {
        f"{service}Service"
    }


def class_name(text: str, clients: Collection[str]) -> str:
    """Return the name of a schema as a class, next to the classes of clients."""
    name = _usable(pascal(text), "Model", _OF_MODULES | _BUILTINS)
    return f"{name}_" if name in clients else name


def _usable(name: str, prefix: str, taken: frozenset[str]) -> str:
    if name and name[0].isdigit():
        name = f"{prefix}{name}" if prefix[0].isupper() else f"{prefix}_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in taken else name
