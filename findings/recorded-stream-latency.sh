#!/usr/bin/env bash
# Under vcrpy or requests-cache, a streamed response arrives only after the server has ended it.
#
# Versions: vcrpy 9.4.2, requests-cache 1.3.3, hishel 2.0.0, requests 2.34.2, httpx 0.28.1,
#   aiohttp 3.14.5, Python 3.11.
# Guess: `stream=True` (and the streaming calls of httpx and aiohttp) keep streaming while the body
#   is recorded or cached; a body that the caller does not finish is not stored.
# Why it is a good guess: the caller asks for a stream, the wrappers keep that interface, and
#   hishel, a cache too, hands the bytes on as they arrive.
# Actual behavior: vcrpy (recording) and requests-cache read the body to its end before they return
#   the response. Live events arrive all at once, a caller cannot stop early, and read timeouts
#   seem to come from the call that opens the stream. What was never read is stored as well.
# Output seen (did the first event arrive before the server sent the last one?):
#   requests True, httpx True, aiohttp True, hishel True; with vcrpy: requests False, httpx False,
#   aiohttp False; requests-cache False
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    vcrpy==9.4.2 requests-cache==1.3.3 "hishel[httpx]==2.0.0" \
    requests==2.34.2 httpx==0.28.1 aiohttp==3.14.5
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import asyncio
import http.server
import threading

import aiohttp
import hishel.httpx
import httpx
import requests
import requests_cache
import vcr

first_read = threading.Event()
outcome = []


class Handler(http.server.BaseHTTPRequestHandler):
    """Sends an event, waits until the client has read it (or for a second), and sends another."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"data: 1\n\n")
        outcome.append(first_read.wait(1))
        self.wfile.write(b"data: 2\n\n")

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"


def with_requests(session=requests):
    with session.get(url, stream=True) as response:
        assert response.raw.read(9) == b"data: 1\n\n"
        first_read.set()
        response.raw.read()


def with_httpx(client=httpx):
    with client.stream("GET", url) as response:
        chunks = response.iter_raw()
        assert next(chunks).startswith(b"data: 1\n\n")
        first_read.set()
        list(chunks)


def with_aiohttp():
    async def main():
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            assert await response.content.readline() == b"data: 1\n"
            first_read.set()
            await response.read()

    asyncio.run(main())


def live(call):
    first_read.clear()
    call()
    return outcome[-1]


clients = {"requests": with_requests, "httpx": with_httpx, "aiohttp": with_aiohttp}
plain = {name: live(call) for name, call in clients.items()}
recorded = {}
for name, call in clients.items():
    with vcr.use_cassette(f"{name}.yaml", record_mode="all"):
        recorded[name] = live(call)
cached = live(lambda: with_requests(requests_cache.CachedSession(backend="memory")))
with hishel.httpx.CacheClient() as client:
    hishel_live = live(lambda: with_httpx(client))
print("plain", plain, "vcrpy", recorded, "requests-cache", cached, "hishel", hishel_live)
assert all(plain.values()) and hishel_live
assert not any(recorded.values()) and not cached
PY
