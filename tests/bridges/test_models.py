"""Models are fields, bodies and rows of other libraries."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Annotated, Any

import pytest

import arp_sdk.models
from arp_sdk.models import RunRequest, RunState, RunStatus
from arp_sdk.schema import Model, one_of, records

NEEDS = "needs the group `bridges`: hatch run sync"
MODELS = [each for each in vars(arp_sdk.models).values() if isinstance(each, type)]
STATUS = {"run_id": "r", "state": "running", "started_at": "2026-01-01T02:00:00+02:00"}


class Leaf(Model):
    """A leaf.

    Attributes:
        weight: Its weight,
            in grams.
    """

    weight: float


class Branch(Model):
    tree: Tree  # pyright: ignore[reportInvalidTypeForm]
    more: list[Branch] | None = None
    at: datetime | None = None
    leaf: Leaf | None = None
    size: int = 0


if TYPE_CHECKING:
    Tree = Leaf | Branch
else:
    Tree = one_of("Tree", Leaf, Branch)


@pytest.mark.parametrize(
    "model",
    [each for each in (*MODELS, Branch) if issubclass(each, Model)],
    ids=lambda each: each.__name__,
)
def test_pydantic_describes_every_model(model: Any) -> None:
    pydantic = pytest.importorskip("pydantic", reason=NEEDS)
    import jsonschema

    schema = pydantic.TypeAdapter(model).json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    schema = schema.get("$defs", {}).get(model.__name__, schema)
    fields = {field.encode_name for field in __import__("msgspec").structs.fields(model)}
    assert schema["properties"].keys() == fields


def test_a_schema_accepts_what_is_written_and_nothing_else() -> None:
    pydantic = pytest.importorskip("pydantic", reason=NEEDS)
    import jsonschema

    adapter = pydantic.TypeAdapter(Branch)
    checked = jsonschema.Draft202012Validator(adapter.json_schema())
    leaf = {"weight": 1.5}
    branch = adapter.validate_python(
        {"tree": leaf, "more": [{"tree": {"tree": leaf}, "new": 1}], "leaf": leaf}
    )
    written = json.loads(adapter.dump_json(branch))
    assert written == {
        "tree": leaf, "more": [{"tree": {"tree": leaf}}], "leaf": leaf
    }  # fmt: skip
    checked.validate(written)
    assert not checked.is_valid({"tree": {"tree": {"weight": "heavy"}}})
    assert adapter.json_schema()["$defs"]["Leaf"]["properties"]["weight"] == {
        "type": "number",
        "description": "Its weight, in grams.",
    }


def test_pydantic_reads_liberally_and_writes_strictly() -> None:
    pydantic = pytest.importorskip("pydantic", reason=NEEDS)
    adapter = pydantic.TypeAdapter(dict[str, RunStatus])
    found = adapter.validate_json(json.dumps({"a": {**STATUS, "state": "paused", "new": 1}}))
    assert found["a"].state == "paused"
    assert adapter.validate_python(found)["a"] is found["a"]
    assert adapter.dump_python(found)["a"]["started_at"] == found["a"].started_at
    with pytest.raises(pydantic.ValidationError, match=r"\$.state"):
        adapter.validate_python({"a": {"run_id": "r", "state": 5}})
    with pytest.raises(pydantic.ValidationError, match="got list"):
        adapter.validate_python({"a": []})
    with pytest.raises(Exception, match="paused"):
        adapter.dump_json(found)
    found["a"].state = RunState.RUNNING
    assert json.loads(adapter.dump_json(found))["a"]["state"] == "running"


def test_pydantic_writes_a_model_where_no_type_announces_one() -> None:
    pydantic = pytest.importorskip("pydantic", reason=NEEDS)
    status = RunStatus.from_dict(STATUS)

    # As frameworks for agents do with what a tool returns.
    written = pydantic.TypeAdapter(Any).dump_json({"runs": [status, Leaf(weight=1.5)]})

    assert json.loads(written) == {"runs": [status.to_dict(), {"weight": 1.5}]}


def test_fastapi_takes_models_as_bodies_and_responses() -> None:
    fastapi = pytest.importorskip("fastapi", reason=NEEDS)
    from fastapi.testclient import TestClient

    app = fastapi.FastAPI()

    async def create(request: Any) -> Any:
        return RunStatus(run_id=request.input.goal, state=RunState(request.run_id or "queued"))

    async def many(requests: Any) -> Any:
        return {"a": Branch(tree=Leaf(weight=len(requests)))}

    body: Any = fastapi.Body()
    create.__annotations__ |= {"request": Annotated[RunRequest, body], "return": RunStatus}
    many.__annotations__ |= {"requests": list[RunRequest], "return": dict[str, Branch]}
    app.post("/runs")(create)
    app.post("/many")(many)
    with TestClient(app, raise_server_exceptions=False) as client:
        sent = {"input": {"goal": "x"}, "new": 1}
        assert client.post("/runs", json=sent).json() == {"run_id": "x", "state": "queued"}
        assert client.post("/many", json=[sent]).json() == {"a": {"tree": {"weight": 1.0}}}
        refused = client.post("/runs", json={"input": {}})
        assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body"])
        assert client.post("/runs", json={**sent, "run_id": "strange"}).status_code == 500
    described = app.openapi()
    text = json.dumps(described)
    for name in ("RunRequest", "RunRequestInput", "RunStatus", "Branch", "Leaf"):
        assert name in described["components"]["schemas"]
        assert f'"#/components/schemas/{name}"' in text
    assert "$defs" not in text


def test_pydantic_is_not_imported_unless_used() -> None:
    program = "import arp_sdk.models, sys; print([m for m in sys.modules if 'pydantic' in m])"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_records_are_flat_rows_with_all_columns() -> None:
    branch = Branch(
        tree=Leaf(weight=1.0), more=[], at=datetime.fromisoformat("2026-01-01T02:00:00+02:00")
    )
    status = RunStatus.from_dict({**STATUS, "state": "paused", "extensions": {"a.b": [1]}})
    first, second = records([branch, status])
    assert list(first) == list(second)
    assert {key: value for key, value in first.items() if value is not None} == {
        "tree": '{"weight":1.0}',
        "at": datetime(2026, 1, 1, tzinfo=timezone.utc),
        "size": 0,
        "more": "[]",
    }
    assert {key: value for key, value in second.items() if value is not None} == {
        "run_id": "r",
        "state": "paused",
        "started_at": datetime(2026, 1, 1, tzinfo=timezone.utc),
        "extensions": '{"a.b":[1]}',
    }
    assert type(second["state"]) is str
    assert "leaf.weight" in first
    request = RunRequest.from_dict({"input": {"goal": "x"}, "limits": {"max_steps": 5}})
    (row,) = records([request])
    assert (row["input.goal"], row["limits.max_steps"]) == ("x", 5)
    assert records([]) == []


@pytest.mark.parametrize("library", [pytest.param("pandas", marks=pytest.mark.full), "polars"])
def test_records_are_what_data_frames_take(library: str) -> None:
    module = pytest.importorskip(library, reason=NEEDS)
    statuses = [
        RunStatus.from_dict({"run_id": str(each), "state": "queued"}) for each in range(200)
    ]
    statuses.append(RunStatus.from_dict(STATUS))
    options = {"infer_schema_length": None} if library == "polars" else {}
    frame = module.DataFrame(records(statuses), **options)
    assert "UTC" in str(frame["started_at"].dtype)
    assert frame["state"].value_counts().shape[0] == 2


@pytest.mark.threads_only("no client")
def test_a_model_says_why_it_is_not_hashable() -> None:
    status = RunStatus.from_dict(STATUS)
    with pytest.raises(TypeError, match=r"a RunStatus is not hashable.* use its identifier"):
        hash(status)
    assert status == status.replace()
    assert len({status.run_id, status.to_json()}) == 2
