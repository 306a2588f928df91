#!/usr/bin/env bash
# The AG-UI client resolves a run that failed, or whose connection was cut, as if it had succeeded.
#
# Versions: @ag-ui/client 1.0.0, @ag-ui/core 1.0.0, Node.js 20.
# Guess: `await agent.runAgent()` rejects when the server sends RUN_ERROR, and when the stream ends
#   before RUN_FINISHED.
# Why it is a good guess: the client verifies the order of events strictly (an unfinished message
#   or step at RUN_FINISHED rejects the run, and so does HTTP 500), the protocol requires each run
#   to end with RUN_FINISHED or RUN_ERROR, and promises report failures by rejecting.
# Actual behavior: both resolve. A cut run keeps half of the message in `messages`, from where it
#   is sent back with the next run; even an empty stream resolves. Only subscribers can tell:
#   onRunErrorEvent is called for RUN_ERROR, and the absence of onRunFinishedEvent is all that marks
#   a cut.
# Output seen: complete resolved "Hello world" [finished]; error resolved "" [error];
#   cut resolved "Hello" []; empty resolved "" []; open message rejected
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
const started = { type: "RUN_STARTED", threadId: "t", runId: "r" };
const finished = { type: "RUN_FINISHED", threadId: "t", runId: "r" };
const open = { type: "TEXT_MESSAGE_START", messageId: "m", role: "assistant" };
const close = { type: "TEXT_MESSAGE_END", messageId: "m" };
const text = (delta) => ({ type: "TEXT_MESSAGE_CONTENT", messageId: "m", delta });
const streams = {
  complete: [started, open, text("Hello"), text(" world"), close, finished],
  error: [started, { type: "RUN_ERROR", message: "model unavailable", code: "unavailable" }],
  cut: [started, open, text("Hello")],
  empty: [],
  "open message": [started, open, text("Hello"), finished],
};

const server = http.createServer((request, response) => {
  const events = streams[decodeURIComponent(request.url.slice(1))];
  request.resume();
  request.on("end", () => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.end(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""));
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const results = {};
for (const name of Object.keys(streams)) {
  const url = `http://127.0.0.1:${server.address().port}/${encodeURIComponent(name)}`;
  const agent = new HttpAgent({ url });
  const seen = [];
  const subscriber = {
    onRunErrorEvent: () => void seen.push("error"),
    onRunFinishedEvent: () => void seen.push("finished"),
  };
  const outcome = await agent.runAgent({ runId: "r" }, subscriber).then(
    () => "resolved",
    () => "rejected",
  );
  results[name] = [outcome, agent.messages.map((message) => message.content).join(), seen.join()];
}
console.log(results);
assert.deepEqual(results.complete, ["resolved", "Hello world", "finished"]);
assert.deepEqual(results.error, ["resolved", "", "error"]);
assert.deepEqual(results.cut, ["resolved", "Hello", ""]);
assert.deepEqual(results.empty, ["resolved", "", ""]);
assert.equal(results["open message"][0], "rejected");
process.exit(0);
JS
node run.mjs
