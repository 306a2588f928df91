#!/usr/bin/env bash
# FastAPI takes a class with pydantic's hook for a part of the query, and its generic alias for a body.
#
# Versions: fastapi 0.165.0, pydantic 2.14.4, Python 3.11.
# Guess: a class that describes itself by `__get_pydantic_core_schema__`, with an object as its
#   schema, is a request body, as a BaseModel or a dataclass is.
# Why it is a good guess: pydantic documents the hook for classes of other libraries, a query
#   parameter cannot hold an object, and FastAPI itself looks for the hook.
# Actual behavior: FastAPI looks for it in the origin of a generic alias only. `point: Point` is a
#   query parameter: every request gets a 422, and nothing says so when the application starts.
#   `point: Point[int]` of the same class is a body, and so is `Annotated[Point, Body()]`.
# Output seen: {'/class': 422, '/alias': 200, '/body': 200} ['query', 'point']
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    fastapi==0.165.0 pydantic==2.14.4 httpx2==2.16.2
"$dir/venv/bin/python" - <<'PY'
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Body, FastAPI
from fastapi.testclient import TestClient
from pydantic_core import core_schema

T = TypeVar("T")


class Point(Generic[T]):
    def __init__(self, x: int) -> None:
        self.x = x

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        field = core_schema.typed_dict_field(core_schema.int_schema())
        return core_schema.no_info_after_validator_function(
            lambda value: cls(value["x"]), core_schema.typed_dict_schema({"x": field})
        )


app = FastAPI()


@app.post("/class")
def plain(point: Point) -> int:
    return point.x


@app.post("/alias")
def alias(point: Point[int]) -> int:
    return point.x


@app.post("/body")
def explicit(point: Annotated[Point, Body()]) -> int:
    return point.x


client = TestClient(app)
got = {path: client.post(path, json={"x": 1}).status_code for path in ("/class", "/alias", "/body")}
print(got, client.post("/class", json={"x": 1}).json()["detail"][0]["loc"])
assert got == {"/class": 422, "/alias": 200, "/body": 200}, got
PY
