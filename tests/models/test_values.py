"""Models and their enums behave as values: compared, copied, pickled, printed."""

from __future__ import annotations

import copy
import pickle
from datetime import datetime, timezone

import pytest

from arp_sdk.models import (
    RunListResponse,
    RunRequest,
    RunRequestInput,
    RunState,
    RunStatus,
)

STATUS = RunStatus(
    run_id="r",
    state=RunState("paused"),
    started_at=datetime(2026, 1, 1, tzinfo=timezone.utc),
    extensions={"com.example.a": {"b": [None]}},
)
PAGE = RunListResponse(runs=[STATUS])


def test_equality_is_by_value() -> None:
    assert RunStatus(run_id="r", state=RunState.QUEUED) == RunStatus(
        run_id="r", state=RunState.QUEUED
    )
    assert RunStatus(run_id="r", state=RunState.QUEUED) != RunStatus(
        run_id="r", state=RunState.FAILED
    )


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_models_can_be_pickled(protocol: int) -> None:
    assert pickle.loads(pickle.dumps(PAGE, protocol)) == PAGE


def test_models_can_be_copied() -> None:
    assert copy.copy(PAGE) == PAGE
    deep = copy.deepcopy(PAGE)
    assert deep == PAGE
    deep.runs[0].run_id = "other"
    assert PAGE.runs[0].run_id == "r"


def test_a_state_of_a_copy_is_the_same_object() -> None:
    for state in (RunState.QUEUED, RunState("paused")):
        assert copy.deepcopy(state) is state
        assert pickle.loads(pickle.dumps(state)) is state


def test_repr_shows_the_fields() -> None:
    shown = repr(RunStatus(run_id="r", state=RunState.QUEUED))
    assert shown.startswith("RunStatus(run_id='r', state=RunState('queued')")


def test_fields_are_keyword_only() -> None:
    with pytest.raises(TypeError):
        RunRequestInput("goal")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_absent_fields_are_not_encoded() -> None:
    model = RunRequest(input=RunRequestInput(goal="g"))
    assert model.to_dict() == {"input": {"goal": "g"}}
    assert model.to_json() == '{"input":{"goal":"g"}}'


def test_enums_compare_with_strings_and_members() -> None:
    assert STATUS.state == "paused"
    assert RunState("queued") is RunState.QUEUED
    assert RunState.QUEUED in {"queued"}
    assert {RunState("paused"): 1}["paused"] == 1  # type: ignore[index]
    assert [state.value for state in RunState][:2] == ["queued", "running"]
    with pytest.raises(ValueError, match="7"):
        RunState(7)


def test_unknown_enum_values_do_not_accumulate() -> None:
    for number in range(5000):
        assert RunState(f"state-{number}").value == f"state-{number}"
    assert len(RunState.__members__) == 5
    assert len(RunState._value2member_map_) == 5
