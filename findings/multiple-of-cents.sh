#!/usr/bin/env bash
# Validators disagree about a price of 19.99 where the schema says "multipleOf": 0.01.
#
# Versions: jsonschema 4.26.0, msgspec 0.22.0, jsonschema-rs 0.60.3, fastjsonschema 2.22.3,
#   pydantic 2.14.4, Python 3.11.
# Guess: jsonschema, the best-known implementation for Python, handles decimal steps; a fast,
#   code-generating validator such as fastjsonschema is the one that gets floats wrong.
# Why it is a good guess: jsonschema has special code for multipleOf with floats, and it accepts
#   1.1 as a multiple of 0.1.
# Actual behavior: the other way round. jsonschema and msgspec reject 19.99 (msgspec even
#   1000000000.0), while jsonschema-rs, fastjsonschema and pydantic accept them. A service and a
#   client that check the same schema refuse each other's valid prices.
# Output seen: 19.99: jsonschema False, msgspec False, jsonschema-rs True, fastjsonschema True,
#   pydantic True; 19.995 is False everywhere
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    jsonschema==4.26.0 msgspec==0.22.0 jsonschema-rs==0.60.3 fastjsonschema==2.22.3 pydantic==2.14.4
"$dir/venv/bin/python" - <<'PY'
from typing import Annotated

import fastjsonschema
import jsonschema
import jsonschema_rs
import msgspec
import pydantic

STEP = 0.01
SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "number",
    "multipleOf": STEP,
}
decoder = msgspec.json.Decoder(Annotated[float, msgspec.Meta(multiple_of=STEP)])
adapter = pydantic.TypeAdapter(Annotated[float, pydantic.Field(multiple_of=STEP)])
compiled = fastjsonschema.compile(SCHEMA)
reference = jsonschema.Draft7Validator(SCHEMA)
rust = jsonschema_rs.validator_for(SCHEMA)


def accepts(check, value, error):
    try:
        check(value)
    except error:
        return False
    return True


def verdicts(value):
    encoded = str(value).encode()
    return {
        "jsonschema": reference.is_valid(value),
        "msgspec": accepts(decoder.decode, encoded, msgspec.ValidationError),
        "jsonschema-rs": rust.is_valid(value),
        "fastjsonschema": accepts(compiled, value, fastjsonschema.JsonSchemaValueException),
        "pydantic": accepts(adapter.validate_json, encoded, pydantic.ValidationError),
    }


for value in (19.99, 4.02, 1e9, 19.995):
    print(value, verdicts(value))
for value in (19.99, 4.02):
    assert list(verdicts(value).values()) == [False, False, True, True, True]
assert list(verdicts(1e9).values()) == [True, False, True, True, True]
assert not any(verdicts(19.995).values())
PY
