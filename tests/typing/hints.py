"""Type hints of public things, and the `Any` inside them."""

from __future__ import annotations

import inspect
from ssl import SSLContext
from typing import Any, get_args, get_type_hints

from arp_sdk.core._sync._requests.connections import Connections
from arp_sdk.core._transport.base import Transport
from arp_sdk.core.aio._aiohttp.connections import AsyncConnections

from .public import Public, public_names

# Some hints name what their module imports for type checkers only.
_NAMES = {each.name.rpartition(".")[2]: each.value for each in public_names()}
_NAMES |= {each.__name__: each for each in (AsyncConnections, Connections, SSLContext, Transport)}


def signature_hints(function: Public) -> dict[str, Any]:
    """The hint of each parameter and of `return`; a missing one is `inspect.Parameter.empty`."""
    hints = get_type_hints(function.value, localns=_NAMES)
    wanted = [
        name for name in inspect.signature(function.value).parameters if name not in ("self", "cls")
    ]
    return {name: hints.get(name, inspect.Parameter.empty) for name in (*wanted, "return")}


def attribute_hints(owner: Public) -> dict[str, Any]:
    """The hint of each public attribute that a class declares itself."""
    declared = inspect.get_annotations(owner.value)
    hints = get_type_hints(owner.value, localns=_NAMES)
    return {name: hints[name] for name in declared if not name.startswith("_")}


def has_any(hint: object) -> bool:
    """Return whether a hint is `Any`, contains it, or is missing."""
    if hint is Any or hint is inspect.Parameter.empty:
        return True
    arguments = hint if isinstance(hint, list) else get_args(hint)
    return any(has_any(argument) for argument in arguments)


def is_json_object(hint: object) -> bool:
    """Return whether a hint is `dict[str, Any]`, optional or not."""
    return hint in (dict[str, Any], dict[str, Any] | None)
