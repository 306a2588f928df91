from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ._building import complete


class OneOf(type):
    """The class of a union of several objects, which msgspec cannot tell apart by itself.

    A model declares `Pet = one_of("Pet", Cat, Dog)`; while reading, `decode_union` picks the
    variant. An instance of a variant counts as an instance of the union.
    """

    variants: tuple[Any, ...]
    discriminator: str | None
    mapping: Mapping[str, Any]
    closed: bool
    # What each variant is read as: itself, or its strict twin, which may refer to this union.
    read_as: Callable[[Any], Any]

    def __instancecheck__(cls, instance: object) -> bool:
        # msgspec checks what `decode_union` returned, which has chosen already.
        return True


def one_of(
    name: str,
    *variants: Any,
    discriminator: str | None = None,
    mapping: Mapping[str, Any] | None = None,
) -> OneOf:
    """Declare a union of objects (JSON Schema `oneOf`).

    Args:
        name: Name of the union, for messages.
        variants: The models to choose from.
        discriminator: The property whose value names the variant, if there is one.
        mapping: The variant for each value of the discriminator.
    """
    return OneOf(
        name,
        (),
        {
            "variants": variants,
            "discriminator": discriminator,
            "mapping": mapping or {},
            "closed": False,
            "read_as": staticmethod(_itself),
        },
    )


def _itself(variant: Any) -> Any:
    return variant


def decode_union(type_: Any, value: Any) -> Any:
    """A msgspec `dec_hook` that reads the unions made by `one_of`."""
    if not isinstance(type_, OneOf):
        raise NotImplementedError(f"{type_} is no type of the contract")
    if type_.discriminator is not None:
        return _decode_by_discriminator(type_, type_.discriminator, value)
    return _decode_by_shape(type_, value)


def _decode_by_discriminator(union: OneOf, name: str, value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"Expected `object` for {union.__name__}, got `{type(value).__name__}`")
    tag = value.get(name)
    variant = union.mapping.get(tag) if isinstance(tag, str) else None
    if variant is not None:
        return msgspec.convert(value, complete(union.read_as(variant)), dec_hook=decode_union)
    if union.closed:
        raise ValueError(f"`{name}` must be one of {', '.join(union.mapping)}")
    # A variant that a newer service added stays readable as a plain mapping.
    return value


def _decode_by_shape(union: OneOf, value: Any) -> Any:
    reasons: list[str] = []
    best: Any = None
    best_known = -1
    for variant in union.variants:
        try:
            candidate = msgspec.convert(
                value, complete(union.read_as(variant)), dec_hook=decode_union
            )
        except msgspec.ValidationError as error:
            reasons.append(f"{getattr(variant, '__name__', variant)}: {error}")
            continue
        known = _known_properties(candidate, value)
        if known > best_known:
            best, best_known = candidate, known
    if best_known < 0:
        raise ValueError(f"no variant of {union.__name__} fits ({'; '.join(reasons)})")
    return best


def _known_properties(candidate: Any, value: Any) -> int:
    """How much of the value the candidate understood: unknown properties are ignored silently."""
    if not isinstance(candidate, msgspec.Struct) or not isinstance(value, dict):
        return 0
    return sum(field.encode_name in value for field in msgspec.structs.fields(candidate))
