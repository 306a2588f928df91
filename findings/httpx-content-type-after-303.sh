#!/usr/bin/env bash
# httpx and httpx2 turn a POST into a GET at a 303 but keep its Content-Type.
#
# Versions: httpx 0.28.1, httpx2 2.16.2, requests 2.34.2, aiohttp 3.14.5, Python 3.11.
# Guess: the GET that follows a 303 has neither a body nor the headers that described the body.
# Why it is a good guess: the Fetch standard removes Content-Type, Content-Encoding,
#   Content-Language and Content-Location with the body; requests and aiohttp remove Content-Type;
#   httpx itself removes Content-Length and Transfer-Encoding.
# Actual behavior: httpx and httpx2 send "GET" with "Content-Type: application/json" and no body.
#   Servers that parse a body whenever its type is declared respond with 400 to it, so "submit,
#   then see the result" works with one client and fails with another.
# Output seen: httpx ('GET', 'application/json', None), httpx2 ('GET', 'application/json', None),
#   requests ('GET', None, None), aiohttp ('GET', None, None)
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    httpx==0.28.1 httpx2==2.16.2 requests==2.34.2 aiohttp==3.14.5
"$dir/venv/bin/python" - <<'PY'
import asyncio
import http.server
import threading

import aiohttp
import httpx
import httpx2
import requests

seen = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_any(self):
        length = self.headers.get("Content-Length")
        self.rfile.read(int(length or 0))
        seen.append((self.command, self.headers.get("Content-Type"), length))
        self.send_response(303 if self.path == "/submit" else 200)
        self.send_header("Location", "/result")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_any

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/submit"
body = {"a": 1}


async def with_aiohttp():
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        await response.read()


results = {}
for name, call in {
    "httpx": lambda: httpx.post(url, json=body, follow_redirects=True),
    "httpx2": lambda: httpx2.post(url, json=body, follow_redirects=True),
    "requests": lambda: requests.post(url, json=body),
    "aiohttp": lambda: asyncio.run(with_aiohttp()),
}.items():
    call()
    results[name] = seen[-1]
print(results)
assert results["httpx"] == results["httpx2"] == ("GET", "application/json", None)
assert results["requests"] == results["aiohttp"] == ("GET", None, None)
PY
