#!/usr/bin/env bash
# The AG-UI client drops a state patch that does not apply, and continues with the old state.
#
# Versions: @ag-ui/client 1.0.0, @ag-ui/core 1.0.0, Node.js 20.
# Guess: a STATE_DELTA whose `test` operation fails, or whose target is missing, rejects the run.
# Why it is a good guess: JSON Patch makes such a patch an error, deltas are only meaningful on the
#   state that the agent had, and the client rejects runs for far smaller violations (an unfinished
#   step, for example).
# Actual behavior: the patch is skipped as a whole, a warning goes to the console, and the run
#   resolves. Later patches are applied to the outdated state, so the user's screen and the agent
#   disagree from then on; subscribers see the event as if it had been applied.
# Output seen: resolved, state {"step":1,"later":true}, deltas seen by the subscriber 2
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund @ag-ui/client@1.0.0 @ag-ui/core@1.0.0
cat > run.mjs <<'JS'
import assert from "node:assert";
import http from "node:http";
import { HttpAgent } from "@ag-ui/client";

console.warn = console.error = () => {}; // the client reports there what it tolerates
const events = [
  { type: "RUN_STARTED", threadId: "t", runId: "r" },
  { type: "STATE_SNAPSHOT", snapshot: { step: 1 } },
  {
    type: "STATE_DELTA",
    delta: [
      { op: "test", path: "/step", value: 2 },
      { op: "replace", path: "/step", value: 3 },
    ],
  },
  { type: "STATE_DELTA", delta: [{ op: "add", path: "/later", value: true }] },
  { type: "RUN_FINISHED", threadId: "t", runId: "r" },
];
const server = http.createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.end(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""));
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const agent = new HttpAgent({ url: `http://127.0.0.1:${server.address().port}/` });
let deltas = 0;
const subscriber = { onStateDeltaEvent: () => void deltas++ };
const outcome = await agent.runAgent({ runId: "r" }, subscriber).then(
  () => "resolved",
  () => "rejected",
);
const state = JSON.stringify(agent.state);
console.log(`${outcome}, state ${state}, deltas seen by the subscriber ${deltas}`);
assert.equal(outcome, "resolved");
assert.deepEqual(agent.state, { step: 1, later: true });
assert.equal(deltas, 2);
process.exit(0);
JS
node run.mjs
