#!/usr/bin/env bash
# With compression enabled, aiohttp holds back the events of a live stream until its end.
#
# Versions: aiohttp 3.14.5, starlette 1.10.0, litestar 2.25.0, brotli-asgi 1.7.0, uvicorn 0.54.0,
#   httpx 0.28.1, Python 3.11.
# Guess: what `await response.write(...)` has written arrives, compressed or not; `enable_compression()`
#   costs some bytes for small pieces, not the stream.
# Why it is a good guess: a StreamResponse is for pieces that are sent as they come, and the compression
#   of Starlette, Litestar and brotli-asgi flushes the compressor after each piece.
# Actual behavior: aiohttp never flushes it. Lines stay in the compressor until its buffer is full, or
#   the response ends; there is no method to flush it. Without compression, or
#   with a client that does not accept it, each line arrives at once: tests with curl see no fault.
# Output seen (did the first line arrive before the server wrote the last one?): aiohttp plain True,
#   aiohttp deflate False, starlette gzip True, litestar gzip True, brotli-asgi br True
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check aiohttp==3.14.5 starlette==1.10.0 \
    litestar==2.25.0 brotli-asgi==1.7.0 uvicorn==0.54.0 "httpx[brotli]==0.28.1"
"$dir/venv/bin/python" - <<'PY'
import asyncio
import json
import logging
import socket

import httpx
import uvicorn
from aiohttp import web
from brotli_asgi import BrotliMiddleware
from litestar import Litestar, get
from litestar.config.compression import CompressionConfig
from litestar.response import Stream
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import StreamingResponse
from starlette.routing import Route

logging.disable(logging.CRITICAL)
NDJSON = "application/x-ndjson"
client_has_first = asyncio.Event()
in_time = []


async def rows():
    client_has_first.clear()
    # Long enough for the middlewares to compress it.
    yield json.dumps({"text": "token " * 200}).encode() + b"\n"
    try:
        await asyncio.wait_for(client_has_first.wait(), 5)
        in_time.append(True)
    except asyncio.TimeoutError:
        in_time.append(False)
    yield b'{"text": "last"}\n'


def starlette_app(middleware):
    async def stream(request):
        return StreamingResponse(rows(), media_type=NDJSON)

    return Starlette(routes=[Route("/", stream)], middleware=[Middleware(middleware)])


@get("/", sync_to_thread=False)
def litestar_stream() -> Stream:
    return Stream(rows(), media_type=NDJSON)


async def aiohttp_stream(request):
    response = web.StreamResponse(headers={"Content-Type": NDJSON})
    response.enable_compression()
    await response.prepare(request)
    async for row in rows():
        await response.write(row)
    await response.write_eof()
    return response


async def read(url, encoding):
    headers = {"Accept-Encoding": encoding}
    async with httpx.AsyncClient(timeout=20, headers=headers) as client:
        async with client.stream("GET", url) as response:
            assert response.headers.get("content-encoding", "identity") == encoding
            async for line in response.aiter_lines():
                client_has_first.set()


async def asgi(app, encoding):
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    serving = asyncio.create_task(server.serve([listener]))
    await read(f"http://127.0.0.1:{listener.getsockname()[1]}/", encoding)
    server.should_exit = True
    await serving


async def main():
    application = web.Application()
    application.router.add_get("/", aiohttp_stream)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await read(url, "identity")
    await read(url, "deflate")
    await runner.cleanup()
    await asgi(starlette_app(GZipMiddleware), "gzip")
    compression = CompressionConfig(backend="gzip")
    await asgi(Litestar([litestar_stream], compression_config=compression), "gzip")
    await asgi(starlette_app(BrotliMiddleware), "br")


asyncio.run(main())
names = ["aiohttp plain", "aiohttp deflate", "starlette gzip", "litestar gzip", "brotli-asgi br"]
print(", ".join(f"{name} {early}" for name, early in zip(names, in_time)))
assert in_time == [True, False, True, True, True]
PY
