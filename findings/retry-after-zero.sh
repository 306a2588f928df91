#!/usr/bin/env bash
# "Retry-After: 0" makes three clients wait longer than they would with a small positive value.
#
# Versions: urllib3 2.8.0, httpx-retries 0.6.0, httpx 0.28.1, openai 3.51.0, Python 3.11.
# Guess: the client repeats the request at once, because the server says that it need not wait.
# Why it is a good guess: zero is a valid number of seconds, all three follow the header when it is
#   1, and "at once" is the only reading of zero.
# Actual behavior: zero is falsy, so each client takes it for a missing header and uses its own
#   backoff instead. urllib3 does the same for a date that has passed.
# Output seen (seconds before the last attempt, backoff factor 0.5 where there is one):
#   urllib3 1.0, urllib3 with a past date 1.0, httpx-retries 2.0, openai 0.5
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    urllib3==2.8.0 httpx-retries==0.6.0 httpx==0.28.1 openai==3.51.0
"$dir/venv/bin/python" - <<'PY'
import http.server
import threading
import time

import httpx
import openai
import urllib3
from httpx_retries import Retry, RetryTransport

seen = []
state = {"failures": 0, "retry_after": ""}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        seen.append(time.monotonic())
        failing = len(seen) <= state["failures"]
        self.send_response(503 if failing else 200)
        if failing:
            self.send_header("Retry-After", state["retry_after"])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"


def waited(call, failures, retry_after="0"):
    seen.clear()
    state.update(failures=failures, retry_after=retry_after)
    call()
    assert len(seen) == failures + 1, seen
    return seen[-1] - seen[-2]


def with_urllib3():
    retry = urllib3.Retry(3, status_forcelist=[503], backoff_factor=0.5)
    urllib3.PoolManager(retries=retry).request("GET", url)


def with_httpx_retries():
    retry = Retry(total=3, backoff_factor=0.5, backoff_jitter=0)
    with httpx.Client(transport=RetryTransport(retry=retry)) as client:
        client.get(url)


def with_openai():
    openai.OpenAI(api_key="unused", base_url=url).get("/models", cast_to=object)


past = "Wed, 21 Oct 2015 07:28:00 GMT"
results = {
    "urllib3": waited(with_urllib3, 2),
    "urllib3, past date": waited(with_urllib3, 2, past),
    "httpx-retries": waited(with_httpx_retries, 2),
    "openai": waited(with_openai, 1),
}
print({name: round(seconds, 1) for name, seconds in results.items()})
assert results["urllib3"] >= 0.9 and results["urllib3, past date"] >= 0.9
assert results["httpx-retries"] >= 0.9
assert results["openai"] >= 0.3
PY
