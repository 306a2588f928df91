"""Any input of a model becomes a model or raises an `ArpDecodeError`."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import arp_sdk.models
from arp_sdk.errors import ArpDecodeError, ArpError
from arp_sdk.schema import Model

from .bodies import bodies, mutated_json
from .cases import Share
from .examples import example
from .oracle import check_agreement, check_error, settle

pytestmark = pytest.mark.threads_only("makes no client")

MODELS: tuple[type[Model], ...] = tuple(
    kind
    for name in arp_sdk.models.__all__
    if isinstance(kind := getattr(arp_sdk.models, name), type) and issubclass(kind, Model)
)
_wild_text = st.text(st.characters(codec=None), max_size=8)
_wild = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), _wild_text, st.binary(max_size=4),
        st.just(10**400), st.decimals(), st.datetimes(), st.uuids(), st.just(object()),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(_wild_text | st.integers() | st.none(), inner, max_size=3),
    ),
    max_leaves=6,
)  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_any_json_is_a_model_or_a_decode_error(model: type[Model], share: Share) -> None:
    valid = msgspec.json.encode(example(model))

    @share(0.2 / len(MODELS))
    @given(bodies(valid))
    def run(data: bytes) -> None:
        value = settle(lambda: model.from_json(data), model)
        if isinstance(value, ArpError):
            assert isinstance(value, ArpDecodeError)
            assert value.subject == model.__name__
        else:
            check_agreement(value, data)

    run()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_json_values_are_a_model_or_a_decode_error(model: type[Model], share: Share) -> None:
    valid = msgspec.json.encode(example(model))

    @share(0.05 / len(MODELS))
    @given(mutated_json(valid))
    def run(data: bytes) -> None:
        try:
            values = msgspec.json.decode(data)
        except (ValueError, RecursionError):
            return
        value = settle(lambda: model.from_dict(values), model)
        assert isinstance(value, ArpDecodeError | model)
        if not isinstance(value, ArpError):
            check_agreement(value, data)

    run()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_wild_mapping_is_a_model_or_an_arp_error(model: type[Model], share: Share) -> None:
    valid: dict[str, Any] = example(model).to_dict()

    @share(0.05 / len(MODELS))
    @given(st.dictionaries(st.sampled_from(sorted(valid)), _wild, max_size=3))
    def run(changes: dict[str, Any]) -> None:
        try:
            value = model.from_dict({**valid, **changes})
            value.to_json()
            value.to_dict()
            value.validate()
        except ArpError as error:
            check_error(error)

    run()


@pytest.mark.parametrize(
    "foreign",
    [object(), {None: 1}, {(1,): 1}, {1: 2}, 10**5000, "\ud800", float("nan"), {1, "a"}],
    ids=["object", "null key", "tuple key", "int key", "long", "surrogate", "nan", "set"],
)
def test_a_foreign_value_in_a_free_place_is_a_model_or_an_arp_error(foreign: Any) -> None:
    plain = {"run_id": "r", "ok": True, "output": {"k": foreign}}
    try:
        value = arp_sdk.models.RunResult.from_dict(plain)
        value.to_json()
        value.to_dict()
        value.validate()
    except ArpError as error:
        check_error(error)


def test_a_mapping_that_contains_itself_is_a_decode_error() -> None:
    plain: dict[str, Any] = {"run_id": "r", "ok": True}
    plain["output"] = plain
    with pytest.raises(ArpDecodeError, match="nested too deeply"):
        arp_sdk.models.RunResult.from_dict(plain)
