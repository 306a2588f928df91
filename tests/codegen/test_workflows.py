"""The extensions make workflows for any kind of service, and are checked against the contract."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegen.mutation import MANIFEST, read
from codegen.places import PYTHON, REPOSITORY, environment
from codegen.runs import run
from pipeline import ir
from pipeline.errors import ContractError
from pipeline.render.packages import Packages

DATE = {"type": "string"}
JOB = {
    "type": "object",
    "title": "Job",
    "required": ["key", "phase"],
    "properties": {"key": DATE, "phase": {"$ref": "#/components/schemas/Phase"}},
}
PHASE = {"type": "string", "enum": ["waiting", "done", "broken"]}
OUTCOME = {
    "type": "object",
    "title": "Outcome",
    "required": ["fine"],
    "properties": {"fine": {"type": "boolean"}, "value": {"type": "integer"}, "why": DATE},
}
ORDER = {
    "type": "object",
    "title": "Order",
    "properties": {"what": {"type": "object", "properties": {"text": DATE}}},
}
LISTING = {
    "type": "object",
    "title": "Listing",
    "required": ["jobs"],
    "properties": {
        "jobs": {"type": "array", "items": {"$ref": "#/components/schemas/Job"}},
        "pagination": {
            "type": "object",
            "title": "Paging",
            "properties": {"next_page_token": {"type": "string"}},
        },
    },
}


def response(name: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"200": {"description": "It.", "content": {"application/json": {"schema": schema}}}}


def by_key(operation: str, name: str) -> dict[str, Any]:
    parameter = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}
    return {"operationId": operation, "parameters": [parameter], "responses": response(name)}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Jobs", "version": "1"},
    "paths": {
        "/jobs": {
            "post": {
                "operationId": "order_job",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Order"}}
                    },
                },
                "responses": response("Job"),
                "x-arp-long-running": {
                    "name": "job",
                    "status": "see_job",
                    "result": "fetch_job",
                    "id": "key",
                    "state": "phase",
                    "final": ["done", "broken"],
                    "ok": "fine",
                    "error": "why",
                    "shorthand": "what.text",
                },
            },
            "get": {
                "operationId": "list_jobs",
                "parameters": [{"name": "page_token", "in": "query", "schema": {"type": "string"}}],
                "responses": response("Listing"),
            },
        },
        "/jobs/{key}": {"get": by_key("see_job", "Job")},
        "/jobs/{key}/outcome": {"get": by_key("fetch_job", "Outcome")},
    },
    "components": {
        "schemas": {
            "Job": JOB, "Phase": PHASE, "Outcome": OUTCOME, "Order": ORDER, "Listing": LISTING,
        }
    },
}  # fmt: skip

PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from support.server import json_reply, serving
from arp_sdk.errors import ArpRunFailed
from arp_sdk.jobs import JobsClient

phases = iter(["waiting", "done"])

def respond(request):
    if request.method == "POST":
        return json_reply({"key": "j", "phase": "waiting"})
    if request.target.endswith("/outcome"):
        return json_reply({"fine": request.target != "/jobs/bad/outcome", "value": 7})
    if request.target.startswith("/jobs/"):
        return json_reply({"key": "j", "phase": next(phases, "broken")})
    token = None if "page_token=2" in request.target else "2"
    pagination = {"next_page_token": token}
    return json_reply({"jobs": [{"key": "a", "phase": "done"}], "pagination": pagination})

with serving() as server, JobsClient(server.url) as jobs:
    server.plan(respond)
    assert jobs.job("dig").value == 7
    assert server.requests[0].json == {"what": {"text": "dig"}}
    assert jobs.wait_for_job("j").phase == "broken"
    assert [each.result.value for each in jobs.job_many(["a", "b"])] == [7, 7]
    assert [job.key for job in jobs.iter_jobs()] == ["a", "a"]
    broken = {"key": "k", "phase": "broken"}
    for why in ({}, {"why": "no shovel"}):
        outcome = {"fine": False, **why}
        server.plan(lambda r: json_reply(outcome if "outcome" in r.target else broken))
        try:
            jobs.job("dig")
        except ArpRunFailed as error:
            assert str(error) == ": ".join(["key k broken", *why.values()]), str(error)
        else:
            raise AssertionError
"""


def contract(document: dict[str, Any], folder: Path) -> Path:
    """Write a contract of one document."""
    path = folder / "spec" / "openapi" / "jobs.openapi.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return folder / "spec"


def test_a_service_of_jobs(tmp_path: Path) -> None:
    done = run("--spec", contract(DOCUMENT, tmp_path), "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    source = tmp_path / "out" / "packages" / "arp-jobs" / "src"
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    tests = Path(__file__).parents[1]
    ran = subprocess.run(
        [PYTHON, str(program), str(tests)],
        env=environment(source, REPOSITORY / "packages" / "arp-core" / "src"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def at(document: dict[str, Any], path: str) -> dict[str, Any]:
    for name in path.split():
        document = document[name]
    return document


def take_the_name_of_the_iterator(document: dict[str, Any]) -> dict[str, Any]:
    at(document, "paths /jobs/{key} get").update(operationId="iter_jobs")
    at(document, WORK).update(status="iter_jobs")
    return document


PAGEABLE = {
    "x-arp-pageable": {
        "items": "jobs",
        "token": "page_token",
        "next_token": "pagination.next_page_token",
    }
}
ORDERED = "components schemas Order"
WORK = "paths /jobs post x-arp-long-running"
MISTAKES: dict[str, Callable[[dict[str, Any]], object]] = {
    "not an operation of this document": lambda d: at(d, WORK).update(status="see_nothing"),
    "must have the same response": lambda d: at(d, WORK).update(status="fetch_job"),
    "has no property `nope`": lambda d: at(d, WORK).update(id="nope"),
    "has no property `other`": lambda d: at(d, WORK).update(shorthand="what.other"),
    "`dead` is not a state of Job": lambda d: at(d, WORK).update(final=["done", "dead"]),
    "needs `final`": lambda d: at(d, WORK).pop("final"),
    "`class` cannot be the name": lambda d: at(d, WORK).update(name="class"),
    "there is no service `shop-floor`": lambda d: at(d, WORK).update(
        worker={"service": "shop-floor", "name": "key"}
    ),
    "needs `service`": lambda d: at(d, WORK).update(worker={"name": "key"}),
    "`my job` cannot be the name": lambda d: at(d, WORK).update(name="my job"),
    "`close` cannot be the name": lambda d: at(d, WORK).update(name="close"),
    "second method `see_job`": lambda d: at(d, WORK).update(name="see_job"),
    "second method `iter_jobs`": lambda d: at(
        take_the_name_of_the_iterator(d), "paths /jobs get"
    ).update(PAGEABLE),
    "`phase` is not a required boolean": lambda d: at(d, WORK).update(ok="phase", result="see_job"),
    "`waiting` is not a `final` state": lambda d: at(d, WORK).update(ok=["waiting"]),
    "must be a list of states if there is no `result`": lambda d: at(d, WORK).pop("result"),
    "needs `ok`": lambda d: at(d, WORK).pop("ok"),
    "Order needs `who` too": lambda d: at(d, ORDERED).update(
        required=["what", "who"],
        properties={**at(d, ORDERED)["properties"], "who": DATE},
    ),
    "does not lead to a string": lambda d: at(d, WORK).update(shorthand="what"),
    "is not an operation of the service `other`": lambda d: at(d, WORK).update(
        result={"service": "other", "operation": "fetch_job", "of": "key"}, ok=["done"]
    ),
    "`extra` is not supported": lambda d: at(d, WORK).update(extra=1),
}


@pytest.mark.parametrize("says", MISTAKES)
def test_a_mistake_is_named_with_its_location(says: str, tmp_path: Path) -> None:
    document = copy.deepcopy(DOCUMENT)
    MISTAKES[says](document)

    with pytest.raises(ContractError) as caught:
        read(contract(document, tmp_path))

    where, _, what = str(caught.value).partition(": ")
    assert where.startswith("openapi/jobs.openapi.yaml#/paths/~1jobs")
    assert says in what


def test_a_list_without_an_extension_leaves_a_name_that_is_taken(tmp_path: Path) -> None:
    document = copy.deepcopy(DOCUMENT)
    take_the_name_of_the_iterator(document)

    (service,) = read(contract(document, tmp_path)).services

    assert [type(each) for each in service.workflows] == [ir.LongRunning]


def free_form(document: dict[str, Any]) -> None:
    at(document, ORDERED)["properties"]["what"] = {"type": "object", "additionalProperties": True}


def without_result(document: dict[str, Any]) -> None:
    for key in ("result", "error"):
        del at(document, WORK)[key]
    at(document, WORK).update(ok=["done"])


FITTING: dict[str, Callable[[dict[str, Any]], object]] = {
    "no result": without_result,
    "no shorthand": lambda d: at(d, WORK).pop("shorthand"),
    "a free-form shorthand": free_form,
    "states": lambda d: at(d, WORK).update(succeeded=["done"], overtaken=["broken"]),
    "a result by another property": lambda d: at(d, WORK).update(
        result={"operation": "fetch_job", "of": "key"}
    ),
}


@pytest.mark.parametrize("change", FITTING)
def test_an_extension_may_say_less(change: str, tmp_path: Path) -> None:
    document = copy.deepcopy(DOCUMENT)
    FITTING[change](document)

    (service,) = read(contract(document, tmp_path)).services

    (work,) = (each for each in service.workflows if isinstance(each, ir.LongRunning))
    assert (work.result is None) == (change == "no result")
    assert (work.shorthand == ()) == (change == "no shorthand")
    assert bool(work.overtaken) == (change == "states")
    assert (work.result_id == "key") == (change == "a result by another property")


@pytest.mark.parametrize("name", ["self", "timeout", "on_update", "max_interval", "class"])
def test_an_identifier_may_have_any_name(name: str, tmp_path: Path) -> None:
    document = copy.deepcopy(DOCUMENT)
    job = at(document, "components schemas Job")
    job["properties"][name] = job["properties"].pop("key")
    job["required"] = [name, "phase"]
    at(document, WORK).update(id=name)

    api = read(contract(document, tmp_path))

    for path, source in Packages(MANIFEST).modules(api, {"jobs": ""}).items():
        if path.suffix == ".py":
            compile(source, str(path), "exec")
