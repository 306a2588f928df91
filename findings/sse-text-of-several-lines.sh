#!/usr/bin/env bash
# Falcon and BlackSheep change a text of several lines that is sent as an event; so does Litestar a dict.
#
# Versions: falcon 4.4.0, blacksheep 2.6.4, litestar 2.25.0, sse-starlette 3.7.0, uvicorn 0.54.0,
#   httpx-sse 0.4.3, httpx 0.28.1, Python 3.11.
# Guess: the event classes of web frameworks write one "data:" line for each line of the text, so that
#   the client gets the text as it was sent; a dict becomes JSON.
# Why it is a good guess: the format exists for this, language models stream paragraphs and code, and
#   Litestar and sse-starlette do it for text, as do FastAPI, aiohttp-sse, Robyn, Hono and h3.
# Actual behavior: falcon writes the text as it is behind one "data:". Clients take the other lines
#   for unknown fields and drop them. BlackSheep's TextServerSentEvent writes a backslash and an n for
#   each line feed. Litestar writes a dict as Python would print it, which is not JSON.
# Output seen (event, data): sse-starlette [('message', 'first\nsecond')],
#   litestar [('message', 'first\nsecond'), ('message', "{'done': True}")],
#   falcon [('message', 'first'), ('message', '{"done": true}')],
#   blacksheep [('message', 'first\\nsecond'), ('message', '{"done":true}')]
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check falcon==4.4.0 blacksheep==2.6.4 \
    litestar==2.25.0 sse-starlette==3.7.0 uvicorn==0.54.0 httpx-sse==0.4.3 httpx==0.28.1
"$dir/venv/bin/python" - <<'PY'
import asyncio
import logging
import socket

import falcon.asgi
import httpx
import uvicorn
from blacksheep import Application
from blacksheep.server.sse import (
    ServerSentEvent,
    ServerSentEventsResponse,
    TextServerSentEvent,
)
from httpx_sse import aconnect_sse
from litestar import Litestar, get
from litestar.response import ServerSentEvent as LitestarResponse
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.routing import Route

logging.disable(logging.CRITICAL)
TEXT = "first\nsecond"


class FalconStream:
    async def on_get(self, request, response):
        async def events():
            yield falcon.asgi.SSEvent(text=TEXT)
            yield falcon.asgi.SSEvent(json={"done": True})

        response.sse = events()


falcon_app = falcon.asgi.App()
falcon_app.add_route("/", FalconStream())
blacksheep_app = Application()


@blacksheep_app.router.get("/")
async def blacksheep_stream():
    async def events():
        yield TextServerSentEvent(TEXT)
        yield ServerSentEvent({"done": True})

    return ServerSentEventsResponse(events)


@get("/", sync_to_thread=False)
def litestar_stream() -> LitestarResponse:
    async def events():
        yield TEXT
        yield {"data": {"done": True}}

    return LitestarResponse(events())


async def starlette_stream(request):
    async def events():
        yield TEXT

    return EventSourceResponse(events())


APPS = {
    "sse-starlette": Starlette(routes=[Route("/", starlette_stream)]),
    "litestar": Litestar([litestar_stream], logging_config=None),
    "falcon": falcon_app,
    "blacksheep": blacksheep_app,
}


async def received(app):
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    serving = asyncio.create_task(server.serve([listener]))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    async with httpx.AsyncClient(timeout=20) as client:
        async with aconnect_sse(client, "GET", url) as source:
            found = [(event.event, event.data) async for event in source.aiter_sse()]
    server.should_exit = True
    await serving
    return found


async def main():
    return {name: await received(app) for name, app in APPS.items()}


found = asyncio.run(main())
print(", ".join(f"{name} {events}" for name, events in found.items()))
assert found == {
    "sse-starlette": [("message", TEXT)],
    "litestar": [("message", TEXT), ("message", "{'done': True}")],
    "falcon": [("message", "first"), ("message", '{"done": true}')],
    "blacksheep": [("message", "first\\nsecond"), ("message", '{"done":true}')],
}
PY
