#!/usr/bin/env bash
# Eight threads that share one client of authlib fetch eight tokens when the token has expired.
#
# Versions: authlib 1.9.10, httpx 0.28.1, Python 3.11.
# Guess: OAuth2Client and AsyncOAuth2Client both fetch one new token when eight requests at once
#   find that the last one has expired, and all requests carry it.
# Why it is a good guess: httpx clients may be shared between threads, the asynchronous client of
#   authlib has a lock for this, and the synchronous one is its twin.
# Actual behavior: AsyncOAuth2Client fetches one. OAuth2Client, which has no lock, fetches one for each
#   thread. A token service that revokes the previous token, or limits the rate, makes requests fail.
# Output seen: tokens fetched for 8 requests: {'asyncio': 1, 'threads': 8}
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check authlib==1.9.10 httpx==0.28.1
"$dir/venv/bin/python" - <<'PY'
import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuth2Client

fetched: list[str] = []


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        fetched.append(f"token-{len(fetched)}")
        time.sleep(0.5)  # as long as a token service may take
        token = {"access_token": fetched[-1], "token_type": "Bearer", "expires_in": 3600}
        self.respond(json.dumps(token).encode())

    def do_GET(self) -> None:
        self.respond(b"{}")

    def respond(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
options = {"token_endpoint": f"{url}/token", "grant_type": "client_credentials"}
got = {}


async def asynchronous() -> None:
    async with AsyncOAuth2Client("id", "secret", **options) as client:
        await client.fetch_token()
        client.token["expires_at"] = 1
        fetched.clear()
        await asyncio.gather(*(client.get(f"{url}/items") for _ in range(8)))


asyncio.run(asynchronous())
got["asyncio"] = len(fetched)

with OAuth2Client("id", "secret", **options) as client, ThreadPoolExecutor(8) as threads:
    client.fetch_token()
    client.token["expires_at"] = 1
    fetched.clear()
    list(threads.map(lambda _: client.get(f"{url}/items"), range(8)))
got["threads"] = len(fetched)

print("tokens fetched for 8 requests:", got)
assert got["asyncio"] == 1 and got["threads"] > 1, got
PY
