"""Copies of a model with other values."""

from __future__ import annotations

import copy
import sys

import pytest

from arp_sdk.errors import ArpValidationError
from arp_sdk.models import RunRequest, RunRequestInput, RunState, RunStatus


def test_a_copy_has_other_values_and_the_model_stays_as_it_is() -> None:
    status = RunStatus(run_id="r", state=RunState.QUEUED)
    assert status.replace(state=RunState.RUNNING) == RunStatus(run_id="r", state=RunState.RUNNING)
    assert status.state is RunState.QUEUED


def test_a_value_that_breaks_the_contract_is_refused_when_it_is_sent() -> None:
    request = RunRequest(input=RunRequestInput(goal="g")).replace(run_id=7)
    with pytest.raises(ArpValidationError):
        request.validate()


def test_an_unknown_field_is_refused_with_the_fields_that_there_are() -> None:
    status = RunStatus(run_id="r", state=RunState.QUEUED)
    with pytest.raises(ArpValidationError, match=r"no field 'stat'; the fields are .*state"):
        status.replace(stat="x")


@pytest.mark.skipif(sys.version_info < (3, 13), reason="copy.replace came with Python 3.13")
def test_the_standard_library_can_replace_values_too() -> None:
    status = RunStatus(run_id="r", state=RunState.QUEUED)
    changed = copy.replace(status, run_id="s")  # type: ignore[attr-defined, unused-ignore]
    assert changed.run_id == "s"
