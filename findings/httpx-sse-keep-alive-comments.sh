#!/usr/bin/env bash
# Keep-alive comments become empty events in httpx-sse once an event has carried an id.
#
# Versions: httpx-sse 0.4.3, httpx 0.28.1, sse-starlette 3.7.0, starlette 1.10.0, uvicorn 0.54.0,
#   Python 3.11.
# Guess: a comment line (": ping") followed by a blank line is never delivered, so the client sees
#   exactly the two events that the server yields.
# Why it is a good guess: the event stream format says to ignore comments, and to drop a block
#   whose data is empty. httpx-sse does so, too, as long as no event has carried an id.
# Actual behavior: from the first id on, each ping of sse-starlette arrives as an event "message"
#   with empty data and the previous id. A consumer that calls `event.json()` fails on the first
#   quiet interval, and only on streams that can be resumed.
# Output seen: without ids ['one', 'two']; with ids ['one', '', '', 'two'] (one '' for each ping)
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    httpx-sse==0.4.3 httpx==0.28.1 sse-starlette==3.7.0 starlette==1.10.0 uvicorn==0.54.0
"$dir/venv/bin/python" - <<'PY'
import asyncio
import socket
import threading

import httpx
import uvicorn
from httpx_sse import connect_sse
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.routing import Route


async def events(request):
    with_ids = "ids" in request.query_params

    async def stream():
        yield {"data": "one"} | ({"id": "1"} if with_ids else {})
        await asyncio.sleep(2.5)
        yield {"data": "two"} | ({"id": "2"} if with_ids else {})

    return EventSourceResponse(stream(), ping=1)


listener = socket.create_server(("127.0.0.1", 0))
app = Starlette(routes=[Route("/events", events)])
server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
threading.Thread(target=server.run, args=([listener],), daemon=True).start()
url = f"http://127.0.0.1:{listener.getsockname()[1]}/events"


def received(url):
    with httpx.Client(timeout=20) as client, connect_sse(client, "GET", url) as source:
        return [(event.data, event.id) for event in source.iter_sse()]


plain, resumable = received(url), received(url + "?ids")
print("without ids", [data for data, _ in plain])
print("with ids", [data for data, _ in resumable])
assert plain == [("one", ""), ("two", "")]
assert resumable[0] == ("one", "1") and resumable[-1] == ("two", "2")
assert len(resumable) > 2 and set(resumable[1:-1]) == {("", "1")}
server.should_exit = True
PY
