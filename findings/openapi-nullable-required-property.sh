#!/usr/bin/env bash
# datamodel-code-generator ignores `nullable: true` of a required OpenAPI 3.0 property.
#
# Versions: datamodel-code-generator 0.89.0, pydantic 2.14.4, Python 3.11.
# Guess: a required property with `nullable: true` becomes `str | None` without a default, as the
#   same property does in OpenAPI 3.1 (`type: [string, "null"]`).
# Why it is a good guess: OpenAPI 3.0 documents are the generator's main input, `nullable` is their
#   only way to say "present, possibly null", and the 3.1 form is translated exactly.
# Actual behavior: without the option --strict-nullable the type is a plain `str`, so the model
#   refuses a valid response with null. Optional properties hide it, since they become `str | None`
#   for another reason. Moving a document to 3.1 changes the models without a change of meaning.
# Output seen: 3.0 'str', 3.0 with --strict-nullable 'str | None', 3.1 'str | None';
#   {"name": null} is refused, accepted, accepted
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    datamodel-code-generator==0.89.0 pydantic==2.14.4
cd "$dir"
document() {
    cat << JSON
{"openapi": "$1", "info": {"title": "Service", "version": "1"}, "paths": {}, "components": {
 "schemas": {"Item": {"type": "object", "required": ["name"], "properties": {"name": $2}}}}}
JSON
}
generate() { # INPUT MODULE [OPTION...]
    venv/bin/datamodel-codegen --input "$1" --input-file-type openapi --output "$2.py" \
        --output-model-type pydantic_v2.BaseModel --target-python-version 3.11 \
        --formatters builtin "${@:3}"
}
document 3.0.3 '{"type": "string", "nullable": true}' > v30.json
document 3.1.0 '{"type": ["string", "null"]}' > v31.json
generate v30.json default
generate v30.json strict --strict-nullable
generate v31.json newer
venv/bin/python - <<'PY'
import importlib
import re
import sys

import pydantic

sys.path.insert(0, ".")
results = {}
for name in ("default", "strict", "newer"):
    item = importlib.import_module(name).Item
    with open(f"{name}.py") as module:
        annotation = re.search(r"^    name: ([^=\n]*)", module.read(), re.MULTILINE)[1].strip()
    assert item.model_fields["name"].is_required(), name
    try:
        item.model_validate_json(b'{"name": null}')
        results[name] = (annotation, "accepted")
    except pydantic.ValidationError:
        results[name] = (annotation, "refused")
print(results)
assert results["default"] == ("str", "refused")
assert results["strict"] == results["newer"] == ("str | None", "accepted")
PY
