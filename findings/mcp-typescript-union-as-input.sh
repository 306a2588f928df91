#!/usr/bin/env bash
# The TypeScript MCP SDK publishes an empty schema for a tool whose input is a union or is transformed.
#
# Versions: @modelcontextprotocol/sdk 1.32.2, zod 4.6.7, Node.js 20.
# Guess: tools/list has the JSON Schema that zod makes of the `inputSchema`; registerTool refuses what
#   it cannot publish.
# Why it is a good guess: registerTool takes any zod schema and validates calls by it, zod itself
#   converts each of these, and registerTool does throw for some other inputs.
# Actual behavior: only an object schema is published. For a union, a discriminated union, an
#   intersection, a record, an optional or a transformed object, tools/list shows an object without
#   properties. A model sees a tool without parameters and calls it without arguments, which then fails
#   validation. A call with the right arguments works, so the tool's own tests pass.
# Output seen (properties or variants of zod's JSON Schema, properties in tools/list, right call):
#   object 2 2 ok, discriminated union 2 0 ok, union 2 0 ok, intersection 2 0 ok, transformed 1 0 ok
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund @modelcontextprotocol/sdk@1.32.2 zod@4.6.7
cat > run.mjs <<'JS'
import assert from "node:assert";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import * as z from "zod";

const byId = z.object({ by: z.literal("id"), id: z.string() });
const byName = z.object({ by: z.literal("name"), name: z.string() });
const inputs = {
  object: [byId, { by: "id", id: "1" }],
  "discriminated union": [z.discriminatedUnion("by", [byId, byName]), { by: "name", name: "x" }],
  union: [z.union([byId, byName]), { by: "id", id: "1" }],
  intersection: [z.object({ id: z.string() }).and(z.object({ name: z.string() })), { id: "1", name: "x" }],
  transformed: [z.object({ id: z.string() }).transform(({ id }) => ({ key: id })), { id: "1" }],
};
const found = [];
for (const [name, [inputSchema, input]] of Object.entries(inputs)) {
  const server = new McpServer({ name: "server", version: "1" });
  server.registerTool("find", { inputSchema }, async () => ({
    content: [{ type: "text", text: "found" }],
  }));
  const client = new Client({ name: "client", version: "1" });
  const [one, other] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(one), client.connect(other)]);
  const { tools } = await client.listTools();
  const published = Object.keys(tools[0].inputSchema.properties ?? {}).length;
  const { properties, ...rest } = z.toJSONSchema(inputSchema, { io: "input" });
  const parts = properties ? Object.keys(properties) : (rest.oneOf ?? rest.anyOf ?? rest.allOf);
  const result = await client.callTool({ name: "find", arguments: input });
  found.push(`${name} ${parts.length} ${published} ${result.isError ? "error" : "ok"}`);
}
console.log(found.join(", "));
assert.deepEqual(found, [
  "object 2 2 ok",
  "discriminated union 2 0 ok",
  "union 2 0 ok",
  "intersection 2 0 ok",
  "transformed 1 0 ok",
]);
process.exit(0);
JS
node run.mjs
