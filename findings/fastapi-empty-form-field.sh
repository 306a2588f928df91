#!/usr/bin/env bash
# FastAPI takes a form field that was sent empty for a missing one, so a field cannot be cleared.
#
# Versions: fastapi 0.165.0, python-multipart 0.0.34, httpx2 2.16.2, Python 3.11.
# Guess: `name=` in a form is the empty text, as it is in a query and in JSON.
# Why it is a good guess: the field was sent, "" is a valid str, and the same declaration as a query
#   parameter or as a property of a JSON body gives "".
# Actual behavior: an empty field counts as missing, single or in a model, urlencoded or multipart. With
#   a default, the default is taken: who clears a field gets the old text back, and
#   `model_fields_set` says that it was not sent. Without a default, the response is 422 "missing".
# Output seen: query '', JSON '', form 'unnamed', multipart 'unnamed', form model 'unnamed' set [],
#   required 422 missing
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    fastapi==0.165.0 python-multipart==0.0.34 httpx2==2.16.2
"$dir/venv/bin/python" - <<'PY'
from typing import Annotated

from fastapi import Body, FastAPI, Form
from fastapi.testclient import TestClient
from pydantic import BaseModel

app = FastAPI()


class Profile(BaseModel):
    name: str = "unnamed"


@app.get("/query")
def query(name: str = "unnamed") -> str:
    return name


@app.post("/json")
def from_json(name: Annotated[str, Body(embed=True)] = "unnamed") -> str:
    return name


@app.post("/form")
def form(name: Annotated[str, Form()] = "unnamed") -> str:
    return name


@app.post("/model")
def model(profile: Annotated[Profile, Form()]) -> tuple[str, list[str]]:
    return profile.name, sorted(profile.model_fields_set)


@app.post("/required")
def required(name: Annotated[str, Form()]) -> str:
    return name


client = TestClient(app)
empty = {"name": ""}
of_query = client.get("/query", params=empty).json()
of_json = client.post("/json", json=empty).json()
of_form = client.post("/form", data=empty).json()
of_multipart = client.post("/form", data=empty, files={"other": b"x"}).json()
of_model, fields_set = client.post("/model", data=empty).json()
refused = client.post("/required", data=empty)
reason = refused.json()["detail"][0]["type"]
print(
    f"query {of_query!r}, JSON {of_json!r}, form {of_form!r}, multipart {of_multipart!r}, "
    f"form model {of_model!r} set {fields_set}, required {refused.status_code} {reason}"
)
assert (of_query, of_json) == ("", "")
assert (of_form, of_multipart, of_model) == ("unnamed", "unnamed", "unnamed")
assert fields_set == []
assert (refused.status_code, reason) == (422, "missing")
PY
