#!/usr/bin/env bash
# Keep-alive comments become empty events in httpx-sse, and break openai streams, once an event has
# carried an id.
#
# Versions: httpx-sse 0.4.3, httpx 0.28.1, openai 3.51.0, sse-starlette 3.7.0, starlette 1.10.0,
#   uvicorn 0.54.0, Python 3.11.
# Guess: a comment line (": ping") followed by a blank line is never delivered, so both clients see
#   exactly the two events that the server yields.
# Why it is a good guess: the event stream format says to ignore comments, and to drop a block
#   whose data is empty. Both clients do so, too, as long as no event has carried an id.
# Actual behavior: from the first id on, each ping of sse-starlette arrives in httpx-sse as an event
#   with empty data and the previous id; `event.json()` then fails at the first quiet interval. The
#   openai SDK parses the empty data itself: its stream ends with a JSONDecodeError. So a server of
#   that API can send pings or ids, but not both.
# Output seen: httpx-sse without ids ['one', 'two'], with ids ['one', '', '', 'two'] (an '' for each
#   ping); openai without ids ['one', 'two'], with ids JSONDecodeError
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check httpx-sse==0.4.3 httpx==0.28.1 \
    openai==3.51.0 sse-starlette==3.7.0 starlette==1.10.0 uvicorn==0.54.0
"$dir/venv/bin/python" - <<'PY'
import asyncio
import json
import socket
import threading

import httpx
import openai
import uvicorn
from httpx_sse import connect_sse
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.routing import Route


def chunk(text):
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
                       "choices": [choice]})


def stream_response(with_ids):
    async def stream():
        yield {"data": chunk("one")} | ({"id": "1"} if with_ids else {})
        await asyncio.sleep(2.5)
        yield {"data": chunk("two")} | ({"id": "2"} if with_ids else {})
        yield {"data": "[DONE]"}

    return EventSourceResponse(stream(), ping=1)


async def plain(request):
    return stream_response(False)


async def resumable(request):
    return stream_response(True)


listener = socket.create_server(("127.0.0.1", 0))
app = Starlette(routes=[
    Route("/plain/chat/completions", plain, methods=["POST"]),
    Route("/ids/chat/completions", resumable, methods=["POST"]),
])
server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
threading.Thread(target=server.run, args=([listener],), daemon=True).start()
base = f"http://127.0.0.1:{listener.getsockname()[1]}"


def with_httpx_sse(kind):
    url = f"{base}/{kind}/chat/completions"
    with httpx.Client(timeout=20) as client, connect_sse(client, "POST", url) as source:
        data = [event.data for event in source.iter_sse() if event.data != "[DONE]"]
    return [json.loads(text)["choices"][0]["delta"]["content"] if text else "" for text in data]


def with_openai(kind):
    client = openai.OpenAI(api_key="unused", base_url=f"{base}/{kind}")
    messages = [{"role": "user", "content": "count"}]
    try:
        chunks = client.chat.completions.create(model="m", messages=messages, stream=True)
        return [chunk.choices[0].delta.content for chunk in chunks]
    except json.JSONDecodeError as error:
        return type(error).__name__


for client in (with_httpx_sse, with_openai):
    without, with_ids = client("plain"), client("ids")
    print(f"{client.__name__}: without ids {without}, with ids {with_ids}")
    assert without == ["one", "two"]
    if client is with_httpx_sse:
        assert with_ids[0] == "one" and with_ids[-1] == "two"
        assert len(with_ids) > 2 and set(with_ids[1:-1]) == {""}
    else:
        assert with_ids == "JSONDecodeError"
server.should_exit = True
PY
