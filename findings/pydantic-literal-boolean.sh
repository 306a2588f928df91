#!/usr/bin/env bash
# pydantic takes `true` for Literal[1], even in strict mode and as a discriminator.
#
# Versions: pydantic 2.14.4, msgspec 0.22.0, jsonschema 4.26.0, Python 3.11.
# Guess: {"version": true} does not match `version: Literal[1]`; strict mode rejects it in any case.
# Why it is a good guess: pydantic publishes {"const": 1, "type": "integer"} as the JSON Schema of
#   the field, a schema validator and msgspec reject `true` for it, and strict mode is described as
#   "no conversion". Literal[1] does reject the string "1".
# Actual behavior: literals are looked up by equality, and in Python True == 1 == 1.0. The value
#   comes out as the integer 1, in lax and strict mode, and a tagged union picks its member by it.
#   In the same way Literal[True] takes 1 and 1.0.
# Output seen: lax 1, strict 1, tagged V1(version=1), Literal[True] from 1.0: True,
#   schema False, msgspec ValidationError
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    pydantic==2.14.4 msgspec==0.22.0 jsonschema==4.26.0
"$dir/venv/bin/python" - <<'PY'
from typing import Annotated, Literal, Union

import jsonschema
import msgspec
from pydantic import BaseModel, Field, TypeAdapter


class V1(BaseModel):
    version: Literal[1]


class V2(BaseModel):
    version: Literal[2]


DOCUMENT = b'{"version": true}'
lax = V1.model_validate_json(DOCUMENT)
strict = V1.model_validate_json(DOCUMENT, strict=True)
tagged_type = TypeAdapter(Annotated[Union[V1, V2], Field(discriminator="version")])
tagged = tagged_type.validate_json(DOCUMENT, strict=True)
flag = TypeAdapter(Literal[True]).validate_json(b"1.0", strict=True)
schema_accepts = jsonschema.Draft202012Validator(V1.model_json_schema()).is_valid({"version": True})
try:
    msgspec.json.decode(b"true", type=Literal[1])
    other = "accepted"
except msgspec.ValidationError as error:
    other = type(error).__name__
print(f"lax {lax.version!r}, strict {strict.version!r}, tagged {tagged!r}, "
      f"Literal[True] from 1.0: {flag!r}, schema {schema_accepts}, msgspec {other}")
for model in (lax, strict, tagged):
    assert type(model) is V1 and type(model.version) is int and model.version == 1
assert flag is True
assert not schema_accepts and other == "ValidationError"
PY
