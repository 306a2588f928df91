#!/usr/bin/env bash
# An A2A agent sees a new, random context when a client continues a task by its task id alone.
#
# Versions: a2a-sdk 1.3.0 (Python), starlette 1.10.0, uvicorn 0.54.0, Python 3.11.
# Guess: a message that has a taskId belongs to the context of that task, so `context.context_id`
#   in the executor is the id that the first message got.
# Why it is a good guess: in A2A a task has exactly one context, the SDK refuses a message whose
#   contextId contradicts its task, and it does hand the stored task to the executor.
# Actual behavior: without a contextId in the message, the SDK invents one. The executor gets the
#   invented id, an agent that keeps its memory by context starts with an empty one, and the task's
#   history holds two messages of different contexts. The task itself keeps its old id, so the
#   client notices nothing.
# Output seen: task context kept True, executor context same False, contexts in the history 2
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
contexts = []


class Agent(AgentExecutor):
    async def execute(self, context, event_queue):
        contexts.append(context.context_id)
        if not context.current_task:
            await event_queue.enqueue_event(new_task_from_user_message(context.message))
        task = TaskUpdater(event_queue, context.task_id, context.context_id)
        if get_message_text(context.message) == "order":
            await task.requires_input()
        else:
            await task.complete()

    async def cancel(self, context, event_queue):
        raise NotImplementedError


async def main():
    card = AgentCard(name="agent", version="1", capabilities=AgentCapabilities())
    handler = DefaultRequestHandler(Agent(), InMemoryTaskStore(), card)
    app = Starlette(routes=create_jsonrpc_routes(handler, "/rpc"))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    serving = asyncio.create_task(server.serve([listener]))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with httpx.AsyncClient(base_url=base, headers={"A2A-Version": "1.0"}) as client:

        async def send(identifier, text, **where):
            message = {"messageId": identifier, "role": "ROLE_USER", "parts": [{"text": text}]}
            body = {"jsonrpc": "2.0", "id": 1, "method": "SendMessage",
                    "params": {"message": message | where}}
            return (await client.post("/rpc", json=body)).json()["result"]["task"]

        first = await send("m1", "order")
        last = await send("m2", "confirm", taskId=first["id"])
    server.should_exit = True
    await serving
    return first, last


first, last = asyncio.run(main())
kept = first["id"] == last["id"] and first["contextId"] == last["contextId"] == contexts[0]
history = {message["contextId"] for message in last["history"]}
print(f"task context kept {kept}, executor context same {contexts[0] == contexts[1]}, "
      f"contexts in the history {len(history)}")
assert last["status"]["state"] == "TASK_STATE_COMPLETED"
assert kept and contexts[0] != contexts[1] and history == set(contexts)
PY
