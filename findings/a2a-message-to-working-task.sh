#!/usr/bin/env bash
# A second blocking message to a working A2A task is answered with the result of the first.
#
# Versions: a2a-sdk 1.3.0 (Python), starlette 1.10.0, uvicorn 0.54.0, Python 3.11.
# Guess: the message is refused, or it is queued and answered when it has been processed.
# Why it is a good guess: a message to a completed task is refused with UnsupportedOperation, and
#   a blocking SendMessage is meant to return the outcome of the message that was sent.
# Actual behavior: the second call returns a completed task as soon as the first run completes. The
#   task's history does not contain the second message, nor its effect. Only then the executor is
#   called with it, for a task that is already final; what it does then reaches nobody.
# Output seen: second response TASK_STATE_COMPLETED, history ['first'],
#   order ['start first', 'complete first', 'start second']
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    "a2a-sdk[http-server]==1.3.0" starlette==1.10.0 uvicorn==0.54.0 httpx==0.28.1
"$dir/venv/bin/python" - <<'PY'
import asyncio
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
order = []


class Agent(AgentExecutor):
    async def execute(self, context, event_queue):
        text = get_message_text(context.message)
        order.append(f"start {text}")
        if text == "second":
            self.second.set()
            return
        await event_queue.enqueue_event(new_task_from_user_message(context.message))
        task = TaskUpdater(event_queue, context.task_id, context.context_id)
        await task.start_work()
        await asyncio.sleep(1.5)
        order.append(f"complete {text}")
        await task.complete()

    async def cancel(self, context, event_queue):
        raise NotImplementedError


async def main():
    agent = Agent()
    agent.second = asyncio.Event()
    card = AgentCard(name="agent", version="1", capabilities=AgentCapabilities())
    handler = DefaultRequestHandler(agent, InMemoryTaskStore(), card)
    app = Starlette(routes=create_jsonrpc_routes(handler, "/rpc"))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    serving = asyncio.create_task(server.serve([listener]))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    headers = {"A2A-Version": "1.0"}
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=20) as client:

        async def send(text, configuration, **where):
            message = {"messageId": text, "role": "ROLE_USER", "parts": [{"text": text}]}
            params = {"message": message | where, "configuration": configuration}
            body = {"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": params}
            return (await client.post("/rpc", json=body)).json()["result"]["task"]

        first = await send("first", {"returnImmediately": True})
        second = await send("second", {}, taskId=first["id"], contextId=first["contextId"])
        await asyncio.wait_for(agent.second.wait(), 10)
    server.should_exit = True
    await serving
    return second


second = asyncio.run(main())
history = [message["messageId"] for message in second["history"]]
print(f"second response {second['status']['state']}, history {history}, order {order}")
assert second["status"]["state"] == "TASK_STATE_COMPLETED"
assert history == ["first"]
assert order == ["start first", "complete first", "start second"]
PY
