#!/usr/bin/env bash
# Clients that orval generates send array and object parameters otherwise than the OpenAPI document says.
#
# Versions: orval 8.38.0, axios 1.21.1, Node.js 24 (from npm).
# Guess: an array parameter with the default style is sent as ids=a&ids=b, and `explode: false`,
#   `pipeDelimited` and an object in the default style as the document says, whatever HTTP library the
#   client is generated for.
# Why it is a good guess: form and explode are the defaults of OpenAPI, and of most services; orval knows
#   the style of each parameter when it generates, and does write code for `deepObject`.
# Actual behavior: the axios client passes parameters to axios, which sends ids[]=a&ids[]=b for every
#   array, `explode: false` or not: a service that knows `ids` ignores them and returns everything. The
#   fetch client sends a default array well, but commas for pipes, and an object in the default style as
#   [object Object].
# Output seen: document ids=a&ids=b ids=a,b ids=a|b a=1&b=2; axios ids[]=a&ids[]=b ids[]=a&ids[]=b
#   ids[]=a&ids[]=b filter[a]=1&filter[b]=2; fetch ids=a&ids=b ids=a,b ids=a,b filter=[object Object]
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > package.json <<'JSON'
{ "name": "finding", "version": "1.0.0", "type": "module" }
JSON
npm install --silent --no-audit --no-fund node@24.21.0
export PATH="$dir/node_modules/.bin:$PATH"
npm install --silent --no-audit --no-fund orval@8.38.0 axios@1.21.1 typescript@6.0.3
cat > document.mjs <<'JS'
import fs from "node:fs";

const texts = { type: "array", items: { type: "string" } };
const pair = { type: "object", properties: { a: { type: "string" }, b: { type: "string" } } };
const parameters = {
  exploded: { name: "ids", schema: texts },
  joined: { name: "ids", explode: false, schema: texts },
  piped: { name: "ids", style: "pipeDelimited", explode: false, schema: texts },
  object: { name: "filter", schema: pair },
};
const schema = { type: "object", properties: { id: { type: "string" } } };
const responses = { 200: { description: "ok", content: { "application/json": { schema } } } };
const paths = {};
for (const [operationId, parameter] of Object.entries(parameters)) {
  const get = { operationId, parameters: [{ in: "query", ...parameter }], responses };
  paths[`/${operationId}`] = { get };
}
const info = { title: "service", version: "1" };
fs.writeFileSync("openapi.json", JSON.stringify({ openapi: "3.1.0", info, paths }));
JS
node document.mjs
for client in axios-functions fetch; do
    npx orval --input openapi.json --output "$client.ts" --client "$client" > log 2>&1 || cat log
done
cat > run.ts <<'TS'
import assert from "node:assert";
import http from "node:http";
import type { AddressInfo } from "node:net";
import axios from "axios";

const queries: string[] = [];
const server = http.createServer((request, response) => {
  queries.push(decodeURIComponent((request.url ?? "").split("?")[1]).replaceAll("+", " "));
  response.setHeader("Content-Type", "application/json");
  response.end("{}");
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
axios.defaults.baseURL = base;
const plainFetch = fetch;
globalThis.fetch = (path, options) => plainFetch(`${base}${path}`, options);

const found: Record<string, string> = {};
for (const client of ["axios-functions", "fetch"]) {
  const generated = await import(`./${client}.ts`);
  queries.length = 0;
  for (const name of ["exploded", "joined", "piped"]) await generated[name]({ ids: ["a", "b"] });
  await generated.object({ filter: { a: "1", b: "2" } });
  found[client] = queries.join(" ");
}
console.log(`axios ${found["axios-functions"]}; fetch ${found.fetch}`);
const brackets = "ids[]=a&ids[]=b";
assert.equal(
  found["axios-functions"],
  `${brackets} ${brackets} ${brackets} filter[a]=1&filter[b]=2`,
);
assert.equal(found.fetch, "ids=a&ids=b ids=a,b ids=a,b filter=[object Object]");
process.exit(0);
TS
node --no-warnings run.ts
