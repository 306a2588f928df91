from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ._building import complete
from ._custom import Custom, decode_custom
from ._liberal import convert


class OneOf(Custom):
    """The class of a union of several objects, which msgspec cannot distinguish by itself.

    A model declares `Pet = one_of("Pet", Cat, Dog)`; the variant is selected on reading. An
    instance of a variant counts as an instance of the union.
    """

    variants: Sequence[Any]
    discriminator: str | None
    mapping: Mapping[str | int, Any]
    constants: Sequence[Mapping[str, Any]]
    closed: bool
    # The type that a variant is read as: itself, or its strict twin, which may refer to this union.
    read_as: Callable[[Any], Any]

    def read(self, value: Any) -> Any:
        """Convert a JSON value to one of the variants."""
        if self.discriminator is None:
            return self._by_properties(value, self._not_excluded(value))
        if not isinstance(value, dict):
            others = self._without_tag()
            if not others:
                what = f"Expected `object` for {self.__name__}, got `{type(value).__name__}`"
                raise ValueError(what)
            return self._by_properties(value, others)
        tag = value.get(self.discriminator)
        variant = self.mapping.get(tag) if isinstance(tag, (str, int)) else None
        if variant is not None:
            return self._convert(value, variant) if self.closed else convert(value, variant)
        return self._by_properties(value, self.variants if tag is None else self._without_tag())

    def _by_properties(self, value: Any, candidates: Sequence[Any]) -> Any:
        """Select the variant that keeps the most of the value: others drop what they do not know.

        A variant that a newer service added remains readable as a plain mapping.
        """
        reasons: list[str] = []
        for liberal in (False, True):
            read = list(self._attempts(value, candidates, liberal, reasons))
            if len(read) == 1:
                return read[0]
            if read:
                return max(read, key=lambda each: _kept(each, value))
            if self.closed:
                break
            reasons.clear()
        tagged = self.discriminator is not None or len(candidates) < len(self.variants)
        if tagged and isinstance(value, dict) and not self.closed:
            return value
        if self.discriminator is not None and not candidates:
            known = ", ".join(map(str, self.mapping))
            raise ValueError(f"`{self.discriminator}` must be one of {known}")
        raise ValueError(f"no variant of {self.__name__} fits ({'; '.join(reasons)})")

    def _attempts(
        self, value: Any, candidates: Sequence[Any], liberal: bool, reasons: list[str]
    ) -> Iterator[Any]:
        for variant in candidates:
            try:
                yield convert(value, variant) if liberal else self._convert(value, variant)
            except msgspec.ValidationError as error:
                reasons.append(f"{getattr(variant, '__name__', variant)}: {error}")

    def _convert(self, value: Any, variant: Any) -> Any:
        type_ = complete(self.read_as(variant))
        return msgspec.convert(value, type_, dec_hook=decode_custom)

    def _not_excluded(self, value: Any) -> Sequence[Any]:
        """Return the variants whose constant properties have no other value."""
        if not self.constants or not isinstance(value, dict):
            return self.variants
        return [
            variant
            for variant, constants in zip(self.variants, self.constants, strict=True)
            if all(value.get(name, constant) == constant for name, constant in constants.items())
        ]

    def _without_tag(self) -> list[Any]:
        tagged = list(self.mapping.values())
        return [variant for variant in self.variants if variant not in tagged]


def one_of(
    name: str,
    *variants: Any,
    discriminator: str | None = None,
    mapping: Mapping[str | int, Any] | None = None,
    constants: Sequence[Mapping[str, Any]] = (),
) -> OneOf:
    """Declare a union of objects (JSON Schema `oneOf`).

    Args:
        name: Name of the union, for messages.
        variants: The models to choose from.
        discriminator: The property whose value names the variant, if there is one.
        mapping: The variant for each value of the discriminator.
        constants: The constant properties of each variant, if no single one is a discriminator.
    """
    return OneOf(
        name,
        (),
        {
            "variants": variants,
            "discriminator": discriminator,
            "mapping": mapping or {},
            "constants": constants,
            "closed": False,
            "read_as": staticmethod(_itself),
        },
    )


def _itself(variant: Any) -> Any:
    return variant


def _kept(read: Any, value: Any) -> int:
    """Return how many members of objects a value still has after reading."""
    # A stack of our own: free-form JSON may be nested deeper than Python recurses.
    pending = [(msgspec.to_builtins(read, str_keys=True), value)]
    count = 0
    while pending:
        kept, given = pending.pop()
        if isinstance(kept, dict) and isinstance(given, dict):
            common = [key for key in given if key in kept]
            count += len(common)
            pending += [(kept[key], given[key]) for key in common]
        elif isinstance(kept, list) and isinstance(given, list):
            pending += zip(kept, given, strict=False)
    return count
