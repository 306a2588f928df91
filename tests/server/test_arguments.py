"""Parameters of kinds that the contract of today does not have."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from arp_sdk.core import Operation, Parameter
from arp_sdk.models import RunRequestLimits, RunState
from arp_sdk.schema import OnSend
from arp_sdk.server import ServiceError
from arp_sdk.server._http.arguments import body, keywords, positional

OPERATION: Operation[None] = Operation(
    "search",
    "POST",
    "/v1/search/{limit}/{text}",
    responses={204: None},
    path_parameters=(
        Parameter("limit", Annotated[int, OnSend(ge=1)]),
        Parameter("text"),
    ),
    query={
        "tags": Parameter("tag", list[str]),
        "ids": Parameter("id", list[int], explode=False),
        "exact": Parameter("exact", bool),
        "state": Parameter("state", RunState),
        "page": Parameter("page", Annotated[int, OnSend(ge=1)], required=True),
    },
    headers={"trace": Parameter("X-Trace", int, required=True), "note": Parameter("X-Note")},
    body=RunRequestLimits,
    body_required=False,
)
ENOUGH = {"page": ["1"]}


def refusal(error: pytest.ExceptionInfo[ServiceError]) -> tuple[int, Any]:
    return error.value.status, (error.value.error.details or {}).get("place")


def test_path() -> None:
    assert positional(OPERATION, ["7", "7"]) == [7, "7"]


@pytest.mark.parametrize("value", ["0", "x", ""])
def test_path_that_breaks_the_contract(value: str) -> None:
    with pytest.raises(ServiceError) as caught:
        positional(OPERATION, [value, "x"])

    assert refusal(caught) == (400, "path.limit")


def test_query_and_headers() -> None:
    query = {"tag": ["a", "b,c"], "id": ["1,2"], "exact": ["true"], "state": ["queued"], **ENOUGH}

    found = keywords(OPERATION, query, {"x-trace": "3", "x-note": "n"})

    assert found == {
        "tags": ["a", "b,c"],
        "ids": [1, 2],
        "exact": True,
        "state": RunState.QUEUED,
        "page": 1,
        "trace": 3,
        "note": "n",
    }


def test_what_is_absent_is_left_to_the_default() -> None:
    assert keywords(OPERATION, ENOUGH, {"x-trace": "3"}) == {"page": 1, "trace": 3}


@pytest.mark.parametrize(
    ("query", "headers", "place"),
    [
        ({}, {"x-trace": "3"}, "query.page"),
        (ENOUGH, {}, "header.X-Trace"),
        (ENOUGH, {"x-trace": "x"}, "header.X-Trace"),
        ({"page": ["0"]}, {"x-trace": "3"}, "query.page"),
        ({"page": ["1", "2"]}, {"x-trace": "3"}, "query.page"),
        ({"id": ["1,x"], **ENOUGH}, {"x-trace": "3"}, "query.id"),
        ({"id": ["1", "2"], **ENOUGH}, {"x-trace": "3"}, "query.id"),
        ({"exact": ["maybe"], **ENOUGH}, {"x-trace": "3"}, "query.exact"),
        ({"state": ["asleep"], **ENOUGH}, {"x-trace": "3"}, "query.state"),
    ],
)
def test_query_or_header_that_breaks_the_contract(
    query: dict[str, list[str]], headers: dict[str, str], place: str
) -> None:
    with pytest.raises(ServiceError) as caught:
        keywords(OPERATION, query, headers)

    assert refusal(caught) == (400, place)
    assert str(caught.value).count(place.partition(".")[2]) == 1


def test_body_that_may_be_absent() -> None:
    assert body(OPERATION, b"", None) is None
    assert body(OPERATION, b"{}", "application/vnd.x+json; charset=utf-8") == RunRequestLimits()
