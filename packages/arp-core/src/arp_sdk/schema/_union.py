from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from ._building import complete
from ._custom import Custom, decode_custom, to_builtins
from ._liberal import convert, convert_repaired


class OneOf(Custom):
    """The class of a union of several objects, which msgspec cannot distinguish by itself.

    A model declares `Pet = one_of("Pet", Cat, Dog)`; the variant is selected on reading. An
    instance of a variant counts as an instance of the union.
    """

    variants: Sequence[Any]
    discriminator: str | None
    mapping: Mapping[str | int, Any]
    tags: Sequence[Mapping[str, Sequence[str | int]]]
    closed: bool
    # The type that a variant is read as: itself, or its strict twin, which may refer to this union.
    read_as: Callable[[Any], Any]

    def _read(self, value: Any) -> Any:
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
        tagged = self.discriminator is not None or len(candidates) < len(self.variants)
        reasons: list[str] = []
        best: Any = None
        most = (-1, False)
        for variant in candidates:
            try:
                read, repaired = self._attempt(value, variant)
            except msgspec.ValidationError as error:
                reasons.append(f"{getattr(variant, '__name__', variant)}: {error}")
                continue
            # A union inside this one must not win with a variant that it does not know.
            if read is value and isinstance(value, dict) and isinstance(variant, OneOf):
                continue
            if len(candidates) == 1:
                return read
            fit = (_kept(read, value), not repaired)
            if fit > most:
                best, most = read, fit
        if most[0] > 0 or (most[0] == 0 and (self.closed or not tagged or not value)):
            return best
        if tagged and isinstance(value, dict) and not self.closed:
            return value
        if self.discriminator is not None and not candidates:
            known = ", ".join(map(str, self.mapping))
            raise ValueError(f"`{self.discriminator}` must be one of {known}")
        if not candidates:
            reasons = [f"a variant has {dict(tags)}" for tags in self.tags]
        raise ValueError(f"no variant of {self.__name__} fits ({'; '.join(reasons)})")

    def _attempt(self, value: Any, variant: Any) -> tuple[Any, bool]:
        """Read a value as a variant; return it, and whether it had to be repaired."""
        try:
            return self._convert(value, variant), False
        except msgspec.ValidationError as error:
            if self.closed:
                raise
            failure = error
        return convert_repaired(value, variant, failure), True

    def _convert(self, value: Any, variant: Any) -> Any:
        type_ = complete(self.read_as(variant))
        return msgspec.convert(value, type_, dec_hook=decode_custom)

    def _not_excluded(self, value: Any) -> Sequence[Any]:
        """Return the variants whose constant properties have no other value."""
        if not self.tags or not isinstance(value, dict):
            return self.variants
        return [
            variant
            for variant, tags in zip(self.variants, self.tags, strict=True)
            if all(name not in value or value[name] in tags[name] for name in tags)
        ]

    def _without_tag(self) -> list[Any]:
        tagged = list(self.mapping.values())
        return [variant for variant in self.variants if variant not in tagged]


def one_of(
    name: str,
    *variants: Any,
    discriminator: str | None = None,
    mapping: Mapping[str | int, Any] | None = None,
    tags: Sequence[Mapping[str, Sequence[str | int]]] = (),
) -> OneOf:
    """Declare a union of objects (JSON Schema `oneOf`).

    Args:
        name: Name of the union, for messages.
        variants: The models to choose from.
        discriminator: The property whose value names the variant, if there is one.
        mapping: The variant for each value of the discriminator.
        tags: The constant properties of each variant, with their possible values.
    """
    return OneOf(
        name,
        (),
        {
            "variants": variants,
            "discriminator": discriminator,
            "mapping": mapping or {},
            "tags": tags,
            "closed": False,
            "read_as": staticmethod(_itself),
        },
    )


def _itself(variant: Any) -> Any:
    return variant


def _kept(read: Any, value: Any) -> int:
    """Return how many members of objects a value still has after reading."""
    # A stack of our own: free-form JSON may be nested deeper than Python recurses.
    pending = [(to_builtins(read), value)]
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
