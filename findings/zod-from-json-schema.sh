#!/usr/bin/env bash
# zod's fromJSONSchema drops `required` and other keywords in silence, though it refuses what it lacks.
#
# Versions: zod 4.6.7, ajv 8.20.0, Node.js 20.
# Guess: a schema that fromJSONSchema accepts validates like the JSON Schema; a keyword that zod cannot
#   express is an error.
# Why it is a good guess: it throws for if/then, dependentRequired, unevaluatedProperties and `not`, with
#   good messages; whoever got no error may rely on the rest.
# Actual behavior: a property that is required but not described may be missing, so that the usual
#   `anyOf: [{required: [a]}, {required: [b]}]` accepts everything. Keywords beside `$ref` are dropped,
#   as they were until draft 7, and so are the constraints of a schema without `type`. An object as
#   `const` accepts nothing, not even an equal object. (zod calls the function semi-experimental.)
# Output seen (ajv, zod; - means refused when the schema is read): described and required false false,
#   required only false true, one of two required false true, beside $ref false true,
#   no type false true, object as const true false, if/then false -
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund zod@4.6.7 ajv@8.20.0
cat > run.mjs <<'JS'
import assert from "node:assert";
import Ajv from "ajv/dist/2020.js";
import * as z from "zod";

const object = (rest) => ({ $schema: "https://json-schema.org/draft/2020-12/schema", ...rest });
const text = { type: "string" };
const cases = {
  "described and required": [{ type: "object", properties: { a: text }, required: ["a"] }, {}],
  "required only": [{ type: "object", properties: { a: text }, required: ["a", "b"] }, { a: "x" }],
  "one of two required": [
    {
      type: "object",
      properties: { a: text, b: text },
      anyOf: [{ required: ["a"] }, { required: ["b"] }],
    },
    {},
  ],
  "beside $ref": [{ $defs: { name: text }, $ref: "#/$defs/name", minLength: 3 }, "x"],
  "no type": [{ minLength: 3 }, "x"],
  "object as const": [{ const: { unit: "s" } }, { unit: "s" }],
  "if/then": [{ if: { required: ["a"] }, then: { required: ["b"] } }, { a: "x" }],
};
const ajv = new Ajv({ strict: false });
const found = {};
for (const [name, [rest, value]] of Object.entries(cases)) {
  const schema = object(rest);
  let ofZod = "-";
  try {
    ofZod = z.fromJSONSchema(schema).safeParse(value).success;
  } catch {}
  found[name] = `${ajv.validate(schema, value)} ${ofZod}`;
}
console.log(Object.entries(found).map((each) => each.join(" ")).join(", "));
assert.deepEqual(Object.values(found), [
  "false false", "false true", "false true", "false true", "false true", "true false", "false -",
]);
JS
node run.mjs
