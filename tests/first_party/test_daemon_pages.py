"""The daemon's list of runs, page by page."""

from __future__ import annotations

from uuid import uuid4

import pytest

from arp_sdk.errors import ArpApiError, ArpValidationError
from arp_sdk.models import (
    RunListResponse,
    RunRequest,
    RunRequestInput,
    RunRequestRuntimeSelector,
    RuntimeInstance,
)
from first_party.targets import SANDBOX, only_first_party
from support.clients import DaemonClient

MOST_PAGES = 1000


def submit(daemon: DaemonClient, instance: RuntimeInstance, run_id: str) -> None:
    daemon.submit_run(
        RunRequest(
            run_id=run_id,
            input=RunRequestInput(goal="hello"),
            runtime_selector=RunRequestRuntimeSelector(instance_id=instance.instance_id),
        )
    )


def pages(daemon: DaemonClient, page_size: int) -> list[RunListResponse]:
    collected: list[RunListResponse] = []
    token: str | None = None
    while len(collected) < MOST_PAGES:
        collected.append(daemon.list_runs(page_size=page_size, page_token=token))
        pagination = collected[-1].pagination
        token = None if pagination is None else pagination.next_page_token
        if token is None:
            return collected
    raise AssertionError("the list does not end")


def run_ids(*answers: RunListResponse) -> list[str]:
    return [run.run_id for answer in answers for run in answer.runs]


def test_pages_hold_what_the_whole_list_holds(
    daemon: DaemonClient, external: RuntimeInstance
) -> None:
    submitted = {f"page-{uuid4().hex}" for _ in range(5)}
    for run_id in submitted:
        submit(daemon, external, run_id)

    whole = daemon.list_runs()
    parts = pages(daemon, page_size=2)

    assert whole.pagination is None
    assert submitted <= set(run_ids(whole))
    assert len(parts) >= 3
    assert all(len(part.runs) <= 2 for part in parts)
    assert run_ids(*parts) == run_ids(whole)


def test_page_says_its_size(daemon: DaemonClient, external: RuntimeInstance) -> None:
    submit(daemon, external, f"page-{uuid4().hex}")

    page = daemon.list_runs(page_size=1)

    assert page.pagination is not None
    assert page.pagination.page_size == 1


@pytest.mark.parametrize("page_size", [0, 1001])
def test_page_size_beyond_the_contract(daemon: DaemonClient, page_size: int) -> None:
    with pytest.raises(ArpValidationError, match="page_size"):
        daemon.list_runs(page_size=page_size)


@only_first_party
def test_page_token_with_characters_that_need_encoding(
    daemon: DaemonClient, external: RuntimeInstance
) -> None:
    stem = f"page-{uuid4().hex} a&b=c+d%41#e?f\u00fc;"
    for suffix in ("1", "2"):
        submit(daemon, external, stem + suffix)

    page = daemon.list_runs(page_size=1, page_token=stem + "1")

    # This daemon starts again at the first page when it does not know the token.
    assert run_ids(page) == [stem + "2"]


def test_unknown_page_token(daemon: DaemonClient, external: RuntimeInstance, target: str) -> None:
    submit(daemon, external, f"page-{uuid4().hex}")

    if target == SANDBOX:
        with pytest.raises(ArpApiError) as caught:
            daemon.list_runs(page_size=1, page_token="no-such-token")
        assert (caught.value.status_code, caught.value.code) == (422, "invalid_page_token")
        return
    assert daemon.list_runs(page_size=1, page_token="no-such-token") == daemon.list_runs(
        page_size=1
    )
