"""A union of objects selects its variant by tags and by properties, and loses nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from arp_sdk.errors import ArpDecodeError
from arp_sdk.schema import Model, decode_json, encode_json, one_of


class Cat(Model, kw_only=True):
    kind: str
    lives: int | None = None


class Dog(Model, kw_only=True):
    kind: str
    tricks: list[str] | None = None


class Fish(Model, kw_only=True):
    depth: int


BY_TAG = one_of("Pet", Cat, Dog, Fish, discriminator="kind", mapping={"cat": Cat, "dog": Dog})
ALL_TAGGED = one_of("Pet", Cat, Dog, discriminator="kind", mapping={"cat": Cat, "dog": Dog})
BY_CONSTANT = one_of("Pet", Cat, Dog, tags=({"kind": ["cat"]}, {"kind": ["dog"]}))
BY_PROPERTY = one_of("Pet", Cat, Dog, Fish)
NESTED = one_of("Being", BY_TAG, Fish)


@pytest.mark.parametrize(
    ("union", "value", "variant"),
    [
        (BY_TAG, {"kind": "dog", "tricks": ["sit"]}, Dog),
        (BY_TAG, {"kind": "cat", "tricks": ["sit"]}, Cat),
        (BY_TAG, {"depth": 3}, Fish),
        (BY_TAG, {"kind": "parrot", "words": 7}, dict),
        (ALL_TAGGED, {"kind": "parrot"}, dict),
        (ALL_TAGGED, {"kind": ["cat"]}, dict),
        (BY_CONSTANT, {"kind": "dog"}, Dog),
        (BY_CONSTANT, {"kind": "parrot"}, dict),
        (BY_PROPERTY, {"kind": "any", "tricks": ["sit"]}, Dog),
        (BY_PROPERTY, {"kind": "any", "lives": 9}, Cat),
        (BY_PROPERTY, {"kind": "any"}, Cat),
        (BY_PROPERTY, {"depth": 3.0}, Fish),
        (NESTED, {"kind": "dog"}, Dog),
        (NESTED, {"depth": 3}, Fish),
    ],
)
def test_a_variant_is_selected(union: Any, value: dict[str, Any], variant: type) -> None:
    read: Any = decode_json(msgspec.json.encode(value), union)
    kept = read.to_dict() if isinstance(read, Model) else read
    assert kept.items() <= value.items()
    assert type(read) is variant


@pytest.mark.parametrize(
    ("union", "value", "reason"),
    [
        (ALL_TAGGED, 7, "Expected `object` for Pet, got `int`"),
        (BY_TAG, 7, "Fish"),
        (BY_PROPERTY, {}, "no variant of Pet fits"),
        (BY_PROPERTY, [1], "no variant of Pet fits"),
        (BY_TAG, {"kind": "dog", "tricks": "sit"}, "tricks"),
    ],
)
def test_a_value_that_fits_no_variant(union: Any, value: object, reason: str) -> None:
    with pytest.raises(ArpDecodeError, match=reason):
        decode_json(msgspec.json.encode(value), union)


class Home(Model, kw_only=True):
    pet: BY_TAG  # type: ignore[valid-type]
    pets: list[ALL_TAGGED] | None = None  # type: ignore[valid-type]


def test_a_union_inside_a_model_round_trips() -> None:
    sent = b'{"pet":{"kind":"dog","tricks":["sit"]},"pets":[{"kind":"cat","lives":9}]}'
    home = Home.from_json(sent)
    assert isinstance(home.pet, Dog)
    assert encode_json(home, Home) == sent
