"""References between models: recursion, unions, `allOf`, sharing, modules."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest

from arp_sdk.errors import ArpDecodeError, ArpValidationError
from arp_sdk.schema import UNSET, decode_json, encode_json

models: Any = import_module("acme.models")
store: Any = import_module("acme.store.models")
depot: Any = import_module("acme.depot_2.models")

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


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"kind": "created", "body": {"a": "x"}}, "Created"),
        ({"kind": "deleted", "body": {"b": "y"}}, "Deleted"),
        ({"kind": "renamed", "body": {"b": "y"}}, "dict"),
    ],
)
def test_constants_distinguish_variants(value: dict[str, Any], expected: str) -> None:
    change = decode_json(json.dumps(value), depot.Change)

    assert type(change).__name__ == expected
    assert json.loads(encode_json(change, depot.Change, strict=False)) == value
    if expected == "dict":
        with pytest.raises(ArpValidationError, match="kind"):
            encode_json(change, depot.Change)
    else:
        assert json.loads(encode_json(change, depot.Change)) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"kind": "deleted", "body": {"b": "y"}}, "Deleted"),
        ({"kind": "lowered", "body": {"a": "y"}}, "Moved"),
        ({"kind": "created"}, "Created"),
    ],
)
def test_a_union_inside_a_union(value: dict[str, Any], expected: str) -> None:
    event = decode_json(json.dumps(value), depot.Event)

    assert type(event).__name__ == expected
    assert json.loads(encode_json(event, depot.Event)) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"kind": "created"}, "Created"),
        ({"kind": "raised"}, "Moved"),
        ({"kind": "lowered"}, "Moved"),
        ({"kind": 7}, "Fixed"),
        ({"kind": "Created"}, "dict"),
    ],
)
def test_constants_name_the_variants_of_a_discriminator(
    value: dict[str, Any], expected: str
) -> None:
    action = decode_json(json.dumps(value), depot.Action)

    assert type(action).__name__ == expected
    if expected != "dict":
        assert json.loads(encode_json(action, depot.Action)) == value


@pytest.mark.parametrize("value", [{"x": 1}, {"name": "n", "x": {"y": [None]}}, {}])
def test_a_free_form_variant_keeps_everything(value: dict[str, Any]) -> None:
    loose = decode_json(json.dumps(value), depot.Loose)

    assert json.loads(encode_json(loose, depot.Loose)) == value


def test_a_declared_variant_comes_before_a_free_form_one() -> None:
    assert decode_json(b'{"name": "n"}', depot.Loose) == depot.Named(name="n")


def test_properties_of_properties_distinguish_variants() -> None:
    assert decode_json(b'{"at": {"y": 1}}', depot.Nested).at == depot.NestedOption2At(y=1)
    assert decode_json(b'{"at": {"x": 1.0}}', depot.Nested).at == depot.NestedOption1At(x=1)


def test_a_combination_of_free_form_objects_keeps_everything() -> None:
    assert depot.Object == depot.Objects == dict[str, Any]
    assert decode_json(b'{"a": [1]}', depot.Objects) == {"a": [1]}


@pytest.mark.parametrize("absent", [{}, {"text": "t"}])
def test_absent_and_null_differ_where_both_are_allowed(absent: dict[str, Any]) -> None:
    names = {"note": "note", "size": "size", "mark": "mark", "loose": "loose", "on-top": "on_top"}
    patch = depot.Patch.from_dict(absent)

    assert [getattr(patch, name) for name in names.values()] == [UNSET] * 5
    assert patch.to_dict() == absent
    for wire_name, name in names.items():
        cleared = depot.Patch.from_json(json.dumps({**absent, wire_name: None}))
        assert getattr(cleared, name) is None
        assert cleared == depot.Patch.from_dict({**absent, wire_name: None})
        assert cleared.to_dict() == {**absent, wire_name: None}


def test_a_required_property_may_be_null() -> None:
    depot.Patch(note=None).validate()
    depot.Patch(loose=None).validate()
    with pytest.raises(ArpValidationError, match="needs `note` or `loose`"):
        depot.Patch(size=None).validate()


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("price", [19.99, 0.3, 1, 0.07, 1e15, 4.35, 0], [0.001, 19.999, -0.01]),
        ("rate", [0.15, "x", 7, 1.1], [0.01, 0.151]),
        ("prices", [[0.1, 0.3, 0.7]], [[0.1, 0.15]]),
        ("step", [5, 10.0], [5.5, 6]),
    ],
)
def test_multiples_of_decimal_fractions(name: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        depot.Money(**{name: value}).validate()
    for value in bad:
        with pytest.raises(ArpValidationError):
            depot.Money(**{name: value}).validate()


def test_null_in_the_spelling_of_3_0() -> None:
    empty = {"number": 11, "note": None, "colour": None, "mood": None}
    receipt = store.Receipt.from_dict(empty)

    receipt.validate()
    assert receipt.to_dict() == empty
    assert store.Receipt.from_dict({"number": 11}).to_dict() == {"number": 11}
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
    assert store.Receipt.__module__ == "acme.store.models"
    assert depot.Bin(slot=1, inner=depot.BinInner(depth=1), box=depot.BinInner()).slot == 1


def test_a_schema_without_references_is_defined_too() -> None:
    assert models.Unused(note="n").note == "n"
    assert store.NobodyRefersToThis(still="s").still == "s"
    assert store.PutItem409Error(held_by="h").held_by == "h"
