"""References between models: recursion, unions, `allOf`, sharing, modules."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from arp_sdk.errors import ArpDecodeError, ArpValidationError

models: Any = import_module("arp_sdk.models")
store: Any = import_module("arp_sdk.store.models")
depot: Any = import_module("arp_sdk.depot_2.models")

TREE = {
    "name": "a",
    "parent": {"name": "b"},
    "children": [{"name": "c", "children": [{"name": "d"}]}],
    "by_name": {"x": {"name": "e"}},
}


def test_a_recursive_model_is_read_and_written() -> None:
    tree = models.Branch.from_dict(TREE)

    assert tree.children[0].children[0] == models.Branch(name="d")
    assert tree.to_dict() == TREE


@pytest.mark.parametrize("path", ["parent", "children", "by_name"])
def test_a_recursive_model_is_checked_all_the_way_down(path: str) -> None:
    bad = models.Branch(name="too long")
    inside = {"parent": bad, "children": [bad], "by_name": {"k": bad}}
    models.Branch.from_dict(TREE).validate()

    with pytest.raises(ArpValidationError):
        models.Branch(name="a", **{path: inside[path]}).validate()


def test_a_model_that_is_recursive_through_a_union_is_read_and_written() -> None:
    value = {"name": "a", "growth": {"veins": 1, "on": {"name": "b", "growth": {"veins": 2}}}}

    knot = models.Knot.from_dict(value)

    assert knot.growth.on == models.Knot(name="b", growth=models.Leaf(veins=2))
    assert knot.to_dict() == value


def test_a_model_that_is_recursive_through_a_union_is_checked() -> None:
    good, bad = models.Knot(name="b"), models.Knot(name="too long")
    models.Knot(growth=models.Leaf(veins=1, on=good)).validate()

    with pytest.raises(ArpValidationError):
        models.Knot(growth=models.Leaf(veins=1, on=bad)).validate()


def test_all_of_makes_one_model_of_the_parts() -> None:
    crate = models.Crate(vat="v", name="n", weight=1, required=True, properties="p")
    crate.validate()

    assert models.Crate.from_dict(crate.to_dict()) == crate
    with pytest.raises(ArpDecodeError, match="vat"):
        models.Crate.from_dict({"email": "e", "weight": 1})
    with pytest.raises(ArpValidationError):
        models.Crate(vat="v", email="e", weight=0).validate()
    with pytest.raises(ArpValidationError, match="email"):
        models.Crate(vat="v", weight=1).validate()


def test_a_discriminator_names_the_variant() -> None:
    shape = models.Item.from_dict(
        {"id": "ab", "class": "x", "tags": [], "maybe": None, "shape": {"kind": "round"}}
    ).shape

    assert shape == models.Circle(kind="round")
    friend = store.Dog.from_dict({"kind": "puppy", "friend": {"kind": "Cat", "lives": 9}}).friend
    assert friend == store.Cat(kind="Cat", lives=9)


def test_a_variant_of_a_newer_service_stays_readable() -> None:
    value = {"kind": "hamster", "wheel": True}

    order = store.Order.from_dict({"pet": value})

    assert order.pet == value
    assert order.to_dict() == {"pet": value}


def test_variants_are_distinguished_by_kind_or_by_properties() -> None:
    assert store.Order.from_dict({"amount": 1}).amount == 1
    assert store.Order.from_dict({"amount": "1"}).amount == "1"
    with pytest.raises(ArpDecodeError):
        store.Order.from_dict({"amount": []})
    extra = store.Order.from_dict({"extra": {"b": 1}}).extra
    assert extra == store.OrderExtraOption2(b=1)


def test_null_in_the_spelling_of_3_0() -> None:
    receipt = store.Receipt.from_dict({"number": 11, "note": None, "colour": None, "mood": None})

    receipt.validate()
    assert receipt.to_dict() == {"number": 11}
    assert store.Receipt.from_dict({"number": 11, "mood": "good"}).mood is store.ReceiptMood.GOOD
    with pytest.raises(ArpValidationError):
        store.Receipt(number=10).validate()


def test_null_in_the_spelling_of_3_1() -> None:
    request = depot.MeasureRequest.from_dict(
        {
            "quantity": {"amount": 1, "unit": "piece"},
            "limits": [1, None],
            "either": None,
            "choice": None,
            "unevaluated": {"slot": 1, "more": True},
        }
    )

    request.validate()
    assert request.limits == [1, None]
    assert request.unevaluated.more is True
    with pytest.raises(ArpValidationError):
        depot.MeasureRequest(quantity=request.quantity, limits=[1]).validate()
    for slot in (0, 100):
        with pytest.raises(ArpValidationError):
            depot.Bin(slot=slot).validate()


def test_a_shared_schema_is_one_class_and_others_belong_to_a_service() -> None:
    assert store.Colour is models.Colour
    assert depot.Item is models.Item
    assert not hasattr(models, "Receipt")
    assert not hasattr(models, "SameColour")
    assert store.Receipt.__module__ == "arp_sdk.store.models"
    assert depot.Bin(slot=1, inner=depot.BinInner(depth=1), box=depot.BinInner()).slot == 1


def test_a_schema_without_references_is_defined_too() -> None:
    assert models.Unused(note="n").note == "n"
    assert store.NobodyRefersToThis(still="s").still == "s"
    assert store.PutItem409Error(held_by="h").held_by == "h"
