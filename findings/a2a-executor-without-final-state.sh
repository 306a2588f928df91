#!/usr/bin/env bash
# An A2A task stays "working" for ever when its executor returns without a final state.
#
# Versions: a2a-sdk 1.3.0 (Python), starlette 1.10.0, uvicorn 0.54.0, Python 3.11.
# Guess: a blocking SendMessage returns a task in a final (or interrupted) state; when the executor
#   forgets to complete the task, the SDK completes it or marks it as failed.
# Why it is a good guess: the SDK does mark the task as failed when the executor raises, it knows
#   that the executor has returned, and blocking means to wait for the outcome.
# Actual behavior: the blocking call returns TASK_STATE_WORKING without an error, and a stream ends
#   after the "working" update. GetTask reports "working" from then on, and SubscribeToTask opens a
#   stream that delivers the task and then stays silent. A client has to check the state of a
#   "finished" call and needs a deadline of its own.
# Output seen: blocking TASK_STATE_WORKING, stream ['TASK_STATE_SUBMITTED', 'TASK_STATE_WORKING'],
#   later TASK_STATE_WORKING, subscription ended False, after an exception TASK_STATE_FAILED
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    "a2a-sdk[http-server]==1.3.0" starlette==1.10.0 uvicorn==0.54.0 httpx==0.28.1
"$dir/venv/bin/python" - <<'PY'
import asyncio
import json
import logging
import socket

import httpx
import uvicorn
from a2a.helpers import get_message_text, new_task_from_user_message
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard
from starlette.applications import Starlette

logging.disable(logging.CRITICAL)
tasks = []


class Agent(AgentExecutor):
    async def execute(self, context, event_queue):
        tasks.append(context.task_id)
        await event_queue.enqueue_event(new_task_from_user_message(context.message))
        await TaskUpdater(event_queue, context.task_id, context.context_id).start_work()
        if get_message_text(context.message) == "raise":
            raise RuntimeError("failed on purpose")

    async def cancel(self, context, event_queue):
        raise NotImplementedError


async def main():
    card = AgentCard(name="agent", version="1", capabilities=AgentCapabilities(streaming=True))
    handler = DefaultRequestHandler(Agent(), InMemoryTaskStore(), card)
    app = Starlette(routes=create_jsonrpc_routes(handler, "/rpc"))
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([listener]))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with httpx.AsyncClient(base_url=base, headers={"A2A-Version": "1.0"}) as client:

        async def call(method, params):
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            return await client.post("/rpc", json=body, timeout=httpx.Timeout(20, read=3))

        def message(text):
            return {"message": {"messageId": text, "role": "ROLE_USER", "parts": [{"text": text}]}}

        blocking = (await call("SendMessage", message("return"))).json()["result"]["task"]
        lines = (await call("SendStreamingMessage", message("return"))).text.splitlines()
        results = [json.loads(line[6:])["result"] for line in lines if line.startswith("data: ")]
        stream = [next(iter(result.values()))["status"]["state"] for result in results]
        later = (await call("GetTask", {"id": blocking["id"]})).json()["result"]
        try:
            await call("SubscribeToTask", {"id": blocking["id"]})
            ended = True
        except httpx.ReadTimeout:
            ended = False
        await call("SendMessage", message("raise"))
        raised = (await call("GetTask", {"id": tasks[-1]})).json()["result"]
    server.should_exit = True
    await serving
    blocking, later, raised = (task["status"]["state"] for task in (blocking, later, raised))
    return blocking, stream, later, ended, raised


blocking, stream, later, ended, raised = asyncio.run(main())
print(f"blocking {blocking}, stream {stream}, later {later}, subscription ended {ended}, "
      f"after an exception {raised}")
assert blocking == later == "TASK_STATE_WORKING" and not ended
assert stream == ["TASK_STATE_SUBMITTED", "TASK_STATE_WORKING"]
assert raised == "TASK_STATE_FAILED"
PY
