#!/usr/bin/env bash
# Two event stream clients remove all leading spaces of the data, so streamed words run together.
#
# Versions: requests-sse 0.5.3, aiohttp-sse-client 0.2.1, httpx-sse 0.4.3, requests 2.34.2,
#   aiohttp 3.14.5, httpx 0.28.1, Python 3.11.
# Guess: exactly one space after the colon is removed, so the tokens "Hello", " brave", " world"
#   join to "Hello brave world".
# Why it is a good guess: it is the rule of the event stream format, language models stream tokens
#   that start with a space, and httpx-sse does it.
# Actual behavior: requests-sse and aiohttp-sse-client strip every leading space. Indented text
#   (YAML, Python) that is sent as data lines loses its indentation as well.
# Output seen: httpx-sse 'Hello brave world', requests-sse 'Hellobraveworld',
#   aiohttp-sse-client 'Hellobraveworld'
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    requests-sse==0.5.3 aiohttp-sse-client==0.2.1 httpx-sse==0.4.3 \
    requests==2.34.2 aiohttp==3.14.5 httpx==0.28.1
"$dir/venv/bin/python" - <<'PY'
import asyncio
import http.server
import threading

import httpx
import requests_sse
from aiohttp_sse_client import client as aiohttp_sse
from httpx_sse import connect_sse

BODY = b"data: Hello\n\ndata:  brave\n\ndata:  world\n\ndata: [DONE]\n\n"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"


def with_httpx_sse():
    with httpx.Client() as client, connect_sse(client, "GET", url) as source:
        return "".join(event.data for event in source.iter_sse() if event.data != "[DONE]")


def with_requests_sse():
    text = ""
    with requests_sse.EventSource(url) as source:
        for event in source:
            if event.data == "[DONE]":
                return text
            text += event.data


async def with_aiohttp_sse_client():
    text = ""
    async with aiohttp_sse.EventSource(url) as source:
        async for event in source:
            if event.data == "[DONE]":
                return text
            text += event.data


results = (with_httpx_sse(), with_requests_sse(), asyncio.run(with_aiohttp_sse_client()))
print("httpx-sse %r, requests-sse %r, aiohttp-sse-client %r" % results)
assert results == ("Hello brave world", "Hellobraveworld", "Hellobraveworld")
PY
