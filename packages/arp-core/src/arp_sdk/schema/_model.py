from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import msgspec

from arp_sdk.errors import ArpDecodeError, ArpValidationError

from ._custom import to_builtins
from ._decode import decode_json, explain
from ._encode import encode_json, refuse_non_finite
from ._liberal import convert
from ._open_type import FURTHER, OpenType

M = TypeVar("M", bound="Conversions")
S = TypeVar("S", bound="Model")

EXTRA: Any = msgspec.field(name=FURTHER, default_factory=dict)
"""The default of the field `additional_properties` of an open model."""


class Conversions:
    """Conversions between a model and JSON."""

    __slots__ = ()

    @classmethod
    def from_dict(cls: type[M], data: Mapping[str, Any]) -> M:
        """Build the model from a mapping of JSON values, such as `json.loads` returns.

        Raises:
            ArpDecodeError: If a required field is missing or a value has the wrong type;
                it names the model and the JSON path.
        """
        try:
            model: M = convert(data, cls)
            refuse_non_finite(model, cls.__name__)
            return model
        except ArpValidationError as error:
            reason, path = "NaN and Infinity are not JSON", error.path
        except (ValueError, TypeError, RecursionError) as error:
            reason, path = explain(error)
        raise ArpDecodeError(reason, subject=cls.__name__, path=path)

    @classmethod
    def from_json(cls: type[M], data: bytes | str) -> M:
        """Build the model from JSON text.

        Raises:
            ArpDecodeError: If the text is not JSON, a required field is missing or a value
                has the wrong type; it names the model and the JSON path.
        """
        model: M = decode_json(data, cls)
        return model

    def to_dict(self) -> dict[str, Any]:
        """Return the model as JSON values: dicts, lists, strings, numbers, booleans.

        Raises:
            ArpValidationError: If a number is NaN or Infinity.
        """
        refuse_non_finite(self, type(self).__name__)
        values: dict[str, Any] = to_builtins(self)
        return values

    def to_json(self) -> str:
        """Return the model as JSON text, without checking it against the contract.

        Raises:
            ArpValidationError: If a number is NaN or Infinity.
        """
        return encode_json(self, type(self), strict=False).decode()

    def validate(self: M) -> M:
        """Check the model against the contract, as every client does before sending it.

        Returns:
            The model itself.

        Raises:
            ArpValidationError: If a bound, pattern, type or required field is violated; it
                names the model and the JSON path.
        """
        encode_json(self, type(self))
        return self

    @property
    def __pydantic_serializer__(self) -> object:
        """The serializer by which pydantic writes a model wherever it finds one, as in a list."""
        from ._formats.pydantic import serializer_of

        return serializer_of(type(self))


class Model(Conversions, msgspec.Struct, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """Base of all models: keyword-only, compared by value, with conversions to JSON.

    An absent optional field is None, and a field that is None is not sent. If the contract allows
    null for an optional field, an absent one is `UNSET` instead, and None is sent as null. Reading
    ignores unknown properties and keeps unknown enum members; `validate`, which every client calls
    before sending, checks the requirements of the contract.
    """

    # The sets of fields of which at least one must be complete (JSON Schema `anyOf` of `required`).
    __required_any__: ClassVar[tuple[tuple[str, ...], ...]] = ()
    # The sets of fields of which none may be complete (`not` of `required`).
    __excluded__: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def replace(self: S, **changes: Any) -> S:
        """Return a copy with other values, as `copy.replace` of Python 3.13 does.

        Args:
            **changes: New values by field name.

        Raises:
            ArpValidationError: If there is no such field. The values are checked when sent.
        """
        fields = type(self).__struct_fields__
        unknown = next((name for name in changes if name not in fields), None)
        if unknown is not None:
            reason = f"has no field {unknown!r}; the fields are {', '.join(fields)}"
            raise ArpValidationError(reason, subject=type(self).__name__)
        return msgspec.structs.replace(self, **changes)

    def __hash__(self) -> int:
        name = type(self).__name__
        raise TypeError(
            f"a {name} is not hashable, because its fields can be assigned: "
            "use its identifier, or to_json(), as the key"
        )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> object:
        """Return the schema by which pydantic reads the model liberally and writes it strictly."""
        from ._formats.pydantic import core_schema_of

        return core_schema_of(cls)


class _OpenModel(Conversions, metaclass=OpenType):
    """The base of open models at run time: a shell around the model of their fields."""

    __slots__ = ("_values",)
    _fields: ClassVar[type[Model]] = Model
    _values: Model

    def __init__(self, **values: Any) -> None:
        object.__setattr__(self, "_values", self._fields(**values))

    def __getattr__(self, name: str) -> Any:
        if name == "_values":
            raise AttributeError(name)
        return getattr(self._values, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._values, name, value)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._values == self._values

    def __repr__(self) -> str:
        return repr(self._values)

    def __reduce__(self) -> tuple[Any, ...]:
        values = self._values
        return _build, (type(self), {n: getattr(values, n) for n in values.__struct_fields__})

    def replace(self, **changes: Any) -> Any:
        """Return a copy with other values."""
        return type(self)._of(self._values.replace(**changes))


def _build(model: OpenType, values: dict[str, Any]) -> Any:
    return model(**values)


def open_model(fields: type[S]) -> type[S]:
    """Make a model keep properties that it does not declare, in `additional_properties`.

    Args:
        fields: A model whose last field is `additional_properties`, with the default `EXTRA`.
    """
    names = ("__module__", "__qualname__", "__doc__")
    attributes = {name: getattr(fields, name) for name in names}
    made: Any = OpenType(fields.__name__, (_OpenModel,), {**attributes, "_fields": fields})
    model: type[S] = made
    return model
