"""Properties of objects: kinds, names, bounds, formats, null and absence."""

from __future__ import annotations

import datetime
import inspect
from importlib import import_module
from typing import Any

import pytest

from arp_sdk.errors import ArpDecodeError, ArpValidationError

models: Any = import_module("acme.models")

LEAST: dict[str, Any] = {"id": "ab", "class": "x", "tags": [], "maybe": None}


LEAST_FIELDS: dict[str, Any] = {"id": "ab", "class_": "x", "tags": [], "maybe": None}


def item(**more: Any) -> Any:
    return models.Item.from_dict({**LEAST, **more})


def test_a_keyword_and_a_builtin_get_another_name_in_python_only() -> None:
    made = item(list=1, msgspec="m", pageSize=2, **{"content-type": "t", "2nd": True})

    assert (made.class_, made.list_, made.msgspec_) == ("x", 1, "m")
    assert (made.page_size, made.content_type, made.field_2nd) == (2, "t", True)
    assert made.to_dict() == {
        **LEAST, "list": 1, "msgspec": "m", "pageSize": 2, "content-type": "t", "2nd": True,
    }  # fmt: skip


def test_a_required_null_is_sent_and_an_absent_optional_is_not() -> None:
    assert item().to_dict() == LEAST
    assert item(row=None).to_dict() == LEAST
    with pytest.raises(ArpDecodeError, match="maybe"):
        models.Item.from_dict({"id": "ab", "class": "x", "tags": []})


@pytest.mark.parametrize("name", ["id", "class", "tags"])
def test_a_required_property_must_be_there_and_not_null(name: str) -> None:
    with pytest.raises(ArpDecodeError, match=name):
        models.Item.from_dict({key: value for key, value in LEAST.items() if key != name})
    with pytest.raises(ArpDecodeError):
        item(**{name: None})


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("id", "a-b", "A"),
        ("id", "ab", "a" * 21),
        ("pageSize", 10, 11),
        ("pageSize", 1, 0),
        ("ratio", 0, -0.1),
        ("ratio", 0.99, 1),
        ("steps", 5, 6),
        ("steps", 5, 0),
        ("tags", ["a"], [""]),
        ("row", [1, 2, 3], [1, 2, 3, 4]),
        ("row", [1], []),
        ("counts", {"a": 0}, {"a": -1}),
        ("labels", {"a.b": "12345678"}, {"a.b": "123456789"}),
        ("labels", {"a.b": ""}, {"ab": ""}),
        ("labels", {"a.a": "", "a.b": "", "a.c": ""}, {"a.a": "", "a.b": "", "a.c": "", "a.d": ""}),
        ("home", "http://x", "no scheme"),
        ("price", 0.5, -1),
        ("price", "x", ""),
        ("version", "v2", "v3"),
        ("version", "v2", "v2\n"),
        ("generation", 7, 8),
        ("colour", "dark-blue", "beige"),
        ("quantity", {"amount": 1, "unit": "litre"}, {"amount": 0, "unit": "litre"}),
        ("owner", {"email": "e"}, {"name": "n"}),
        ("owner", {"name": "n", "vat": "v"}, {"vat": "v"}),
        ("size", {"unit": "cm"}, {}),
        ("shape", {"kind": "square", "side": 1}, {"kind": "oval"}),
        ("shape", {"kind": "round", "radius": 0}, {"kind": "round", "radius": -1}),
    ],
)
def test_what_the_contract_demands_holds_when_sending_only(name: str, good: Any, bad: Any) -> None:
    item(**{name: good}).validate()
    read = item(**{name: bad})

    assert read.to_dict()[name] == bad
    with pytest.raises(ArpValidationError):
        read.validate()


def test_formats_are_python_types() -> None:
    made = item(made_at="2026-01-02T03:04:05Z", best_before="2026-01-02", picture="aGk=")

    assert made.made_at == datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    assert made.best_before == datetime.date(2026, 1, 2)
    assert made.picture == b"hi"
    assert made.to_dict()["picture"] == "aGk="
    assert item(made_at="2026-01-02T03:04:05").made_at == made.made_at
    with pytest.raises(ArpValidationError):
        models.Item(**{**LEAST_FIELDS, "made_at": datetime.datetime(2026, 1, 2)}).validate()


def test_free_form_values_are_kept_as_they_are() -> None:
    value = {"a": [1, None, {"b": "c"}]}

    made = item(free=value, anything=value)

    assert (made.free, made.anything) == (value, value)
    assert item(anything=[1]).anything == [1]


def test_inline_objects_are_models() -> None:
    made = item(size={"width": 3}, parts=[{"name": "n", "inner": [[1], []]}], nothing={})

    assert made.size == models.ItemSize(width=3)
    assert made.parts == [models.ItemPartsItem(name="n", inner=[[1], []])]
    assert made.nothing == models.ItemNothing()


def test_an_enumeration_keeps_values_that_it_does_not_know() -> None:
    assert item(colour="3d").colour is models.Colour.VALUE_3D
    assert models.Colour("") is models.Colour.EMPTY
    assert models.Colour('say "hi"') is models.Colour.SAY_HI
    assert item(colour="beige").colour == "beige"
    assert not item(colour="beige").colour.is_known


def test_descriptions_defaults_and_deprecation_are_documented() -> None:
    doc = inspect.getdoc(models.Item) or ""

    assert doc.startswith("Something that is kept.\n\nIt has a property for")
    assert "page_size: The service's default is `5`." in doc
    assert 'The service\'s default is `"red"`.' in doc
    assert "uuid: Deprecated." in doc
    assert "back\\slash" in models.Problem.__doc__
    assert 'ends in a "quote"' in models.Problem.__doc__
    assert "DARK_BLUE: Like the sea at night." in models.Colour.__doc__
