#!/usr/bin/env bash
# jsonschema-rs reports the key "200" of an object as the number 200 in the path of an error.
#
# Versions: jsonschema-rs 0.61.0, jsonschema 4.26.0, Python 3.11.
# Guess: the items of `error.instance_path` lead to the invalid value: a string for each key of an
#   object, a number for each position in a list, as in `error.absolute_path` of jsonschema.
# Why it is a good guess: the path is a list of strings and numbers, so that the two can be told
#   apart, and jsonschema-rs is presented as a faster validator of the same kind.
# Actual behavior: a key that looks like a number becomes one. Following the path through an OpenAPI
#   document fails at its first status: `document["responses"][200]` is a KeyError.
# Output seen: {'jsonschema_rs': ['responses', 200], 'jsonschema': ['responses', '200']}
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    jsonschema-rs==0.61.0 jsonschema==4.26.0
"$dir/venv/bin/python" - <<'PY'
import jsonschema
import jsonschema_rs

schema = {"properties": {"responses": {"additionalProperties": {"type": "object"}}}}
document = {"responses": {"200": "OK"}}

(fast,) = jsonschema_rs.validator_for(schema).iter_errors(document)
(plain,) = jsonschema.Draft202012Validator(schema).iter_errors(document)
got = {"jsonschema_rs": list(fast.instance_path), "jsonschema": list(plain.absolute_path)}
print(got)
assert got == {"jsonschema_rs": ["responses", 200], "jsonschema": ["responses", "200"]}, got
PY
