#!/usr/bin/env bash
# An HTTPException before the first event of a FastAPI event stream does not become its status.
#
# Versions: fastapi 0.165.0, starlette 1.10.0, uvicorn 0.54.0, Python 3.11.
# Guess: an endpoint with `response_class=EventSourceResponse` that raises HTTPException(404) before
#   it yields anything responds with 404 and the detail, as every other endpoint does.
# Why it is a good guess: nothing has been yielded, the same exception of a dependency does become a
#   404, and "no such run" is what an endpoint for the events of a run has to say most often.
# Actual behavior: the response has already started. The client gets the status 200 with the type of
#   an event stream, and then the connection is cut: no status, no detail. The check belongs into a
#   dependency.
# Output seen: {'/dependency': (404, '{"detail":"no such run"}'), '/endpoint': (200, 'cut off')}
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    fastapi==0.165.0 starlette==1.10.0 uvicorn==0.54.0
"$dir/venv/bin/python" - <<'PY'
import http.client
import socket
import threading
import time
from collections.abc import AsyncIterator

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.sse import EventSourceResponse

app = FastAPI()


def missing() -> None:
    raise HTTPException(404, "no such run")


@app.get("/endpoint", response_class=EventSourceResponse)
async def endpoint() -> AsyncIterator[int]:
    missing()
    yield 1


@app.get("/dependency", response_class=EventSourceResponse, dependencies=[Depends(missing)])
async def dependency() -> AsyncIterator[int]:
    yield 1


listener = socket.create_server(("127.0.0.1", 0))
server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
threading.Thread(target=server.run, args=([listener],), daemon=True).start()
while not server.started:
    time.sleep(0.02)

got = {}
for path in ("/dependency", "/endpoint"):
    connection = http.client.HTTPConnection(*listener.getsockname())
    connection.request("GET", path)
    response = connection.getresponse()
    try:
        text = response.read().decode()
    except http.client.IncompleteRead:
        text = "cut off"
    got[path] = response.status, text
print(got)
assert got == {"/dependency": (404, '{"detail":"no such run"}'), "/endpoint": (200, "cut off")}, got
PY
