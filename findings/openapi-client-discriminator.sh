#!/usr/bin/env bash
# A client of openapi-python-client reads a union without looking at its discriminator.
#
# Versions: openapi-python-client 0.29.1, Python 3.11.
# Guess: with `discriminator: {propertyName: kind, mapping: {...}}`, {"kind": "invoice", ...} is
#   read as an Invoice.
# Why it is a good guess: the mapping states which value stands for which schema, the generator
#   reads the document without a warning, and other generators use it (pydantic models of
#   datamodel-code-generator, for example).
# Actual behavior: the generated code tries the variants in their order and takes the first that
#   does not raise. A variant raises only for a missing required property, so the invoice becomes an
#   Offer, and its own property moves to `additional_properties`. A `kind` with a one-value enum in
#   each variant leads to the right one, with or without the discriminator.
# Output seen: {'offer': 'Offer', 'invoice': 'Offer', 'no such kind': 'Offer'}
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check openapi-python-client==0.29.1
cd "$dir"
cat > api.yaml <<'YAML'
openapi: 3.0.3
info: {title: Papers, version: "1"}
paths:
  /paper:
    get:
      operationId: get_paper
      responses:
        "200":
          description: A paper.
          content: {application/json: {schema: {$ref: "#/components/schemas/Reply"}}}
components:
  schemas:
    Reply:
      type: object
      required: [paper]
      properties:
        paper:
          oneOf: [{$ref: "#/components/schemas/Offer"}, {$ref: "#/components/schemas/Invoice"}]
          discriminator:
            propertyName: kind
            mapping:
              offer: "#/components/schemas/Offer"
              invoice: "#/components/schemas/Invoice"
    Offer:
      type: object
      required: [kind, total]
      properties: {kind: {type: string}, total: {type: integer}}
    Invoice:
      type: object
      required: [kind, total]
      properties: {kind: {type: string}, total: {type: integer}, due: {type: string}}
YAML
venv/bin/openapi-python-client generate --path api.yaml --meta none --output-path papers > log 2>&1
if grep -i "discriminator\|oneOf" log; then exit 1; fi
venv/bin/python - <<'PY'
from papers.models import Reply

results = {}
for kind in ("offer", "invoice", "no such kind"):
    paper = {"kind": kind, "total": 7, "due": "2026-12-01"}
    results[kind] = type(Reply.from_dict({"paper": paper}).paper).__name__
print(results)
assert results == {"offer": "Offer", "invoice": "Offer", "no such kind": "Offer"}
PY
