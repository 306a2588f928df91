from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import msgspec

from arp_sdk.errors import ArpDecodeError, ArpValidationError

from ._decode import decode_json, explain
from ._encode import encode_json, refuse_non_finite
from ._liberal import convert

M = TypeVar("M", bound="Model")


class Model(msgspec.Struct, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """Base of all models: keyword-only, compared by value, with conversions to JSON.

    An absent optional field is None, and a field that is None is not sent. If the contract allows
    null for an optional field, an absent one is `UNSET` instead, and None is sent as null. Reading
    ignores unknown properties and keeps unknown enum members; `validate`, which every client calls
    before sending, checks the requirements of the contract.
    """

    # The sets of fields of which at least one must be complete (JSON Schema `anyOf` of `required`).
    __required_any__: ClassVar[tuple[tuple[str, ...], ...]] = ()

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
        values: dict[str, Any] = msgspec.to_builtins(self, str_keys=True)
        return values

    def to_json(self) -> str:
        """Return the model as JSON text, without checking it against the contract.

        Raises:
            ArpValidationError: If a number is NaN or Infinity.
        """
        return encode_json(self, type(self), strict=False).decode()

    def replace(self: M, **changes: Any) -> M:
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

    def validate(self) -> None:
        """Check the model against the contract, as every client does before sending it.

        Raises:
            ArpValidationError: If a bound, pattern, type or required field is violated; it
                names the model and the JSON path.
        """
        encode_json(self, type(self))

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
