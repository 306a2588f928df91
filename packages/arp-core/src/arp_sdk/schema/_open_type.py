"""Models with further properties, which msgspec would drop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ._building import complete
from ._custom import Custom, decode_custom, members_of
from ._liberal import convert

# The name of the field that holds them, in messages only.
FURTHER = "additional properties"


class OpenType(Custom):
    """The class of open models."""

    _fields: type[msgspec.Struct]

    def __instancecheck__(self, instance: object) -> bool:
        return self in type(instance).__mro__

    def _read(self, value: Any) -> Any:
        return self._of(convert(_split(self._fields, value), self._fields))

    def _of(self: Any, values: msgspec.Struct) -> Any:
        """Return an instance with these values."""
        instance: Any = object.__new__(self)
        object.__setattr__(instance, "_values", values)
        return instance

    def _write(self, value: Any) -> dict[str, Any]:
        members = members_of(value._values)
        further = members.pop(FURTHER)
        return {**members, **further}


class StrictOpen(Custom):
    """The class of strict twins of open models."""

    fields: type[msgspec.Struct]
    # Made when a value is read: the model may refer to itself.
    twin: Callable[[], Any]

    def _read(self, value: Any) -> Any:
        twin = complete(self.twin())
        return msgspec.convert(_split(self.fields, value), twin, dec_hook=decode_custom)


def strict_open(model: OpenType, twin_of: Callable[[Any], Any]) -> StrictOpen:
    """Return the strict twin of an open model, given the function to twins."""
    fields = model._fields
    attributes = {"fields": fields, "twin": staticmethod(lambda: twin_of(fields))}
    return StrictOpen(model.__name__, (), attributes)


def _split(fields: type[msgspec.Struct], value: Any) -> Any:
    """Return the members of an object as those of its model, whose last one holds the others."""
    if not isinstance(value, dict):
        return value
    names = fields.__struct_encode_fields__[:-1]
    members = {name: member for name, member in value.items() if name in names}
    further = {name: member for name, member in value.items() if name not in names}
    return {**members, FURTHER: further}
