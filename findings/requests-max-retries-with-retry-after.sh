#!/usr/bin/env bash
# HTTPAdapter(max_retries=2) of requests repeats a 503 that has a Retry-After header, and sleeps.
#
# Versions: requests 2.34.2, urllib3 2.8.0, responses 0.26.3, Python 3.11.
# Guess: an integer `max_retries` concerns connections only; a 503 is returned after one request.
# Why it is a good guess: the documentation of HTTPAdapter says so ("failed DNS lookups, socket
#   connections and connection timeouts, never to requests where data has made it to the server"),
#   and a 503 without Retry-After is indeed returned at once.
# Actual behavior: with Retry-After, urllib3 repeats GET, PUT and DELETE on 413, 429 and 503, even
#   with an empty status_forcelist. The call sleeps as long as the server wishes, outside of the
#   `timeout` argument. POST is not repeated. A test with the mock `responses` repeats the request
#   but never sleeps, so it does not show the delay.
# Output seen: GET 3 requests in 2.0 s, without Retry-After 1, POST 1, DELETE 3,
#   mocked GET 3 in 0.0 s
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    requests==2.34.2 urllib3==2.8.0 responses==0.26.3
"$dir/venv/bin/python" - <<'PY'
import http.server
import threading
import time

import requests
import responses
from requests.adapters import HTTPAdapter

seen = []


class Handler(http.server.BaseHTTPRequestHandler):
    def handle_any(self):
        seen.append(time.monotonic())
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(503)
        if self.path == "/later":
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_DELETE = handle_any

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"
session = requests.Session()
session.mount("http://", HTTPAdapter(max_retries=2))


def count(method, path):
    seen.clear()
    assert session.request(method, base + path, timeout=0.5).status_code == 503
    return len(seen)


get, slept = count("GET", "/later"), seen[-1] - seen[0]
plain, post, delete = count("GET", "/now"), count("POST", "/later"), count("DELETE", "/later")
with responses.RequestsMock() as mock:
    mock.get(base + "/later", status=503, headers={"Retry-After": "1"})
    started = time.monotonic()
    session.get(base + "/later")
    mocked, mocked_slept = len(mock.calls), time.monotonic() - started
print(f"GET {get} requests in {slept:.1f} s, without Retry-After {plain}, POST {post}, "
      f"DELETE {delete}, mocked GET {mocked} in {mocked_slept:.1f} s")
assert (get, plain, post, delete, mocked) == (3, 1, 1, 3, 3)
assert slept >= 1.9 and mocked_slept < 1.5
PY
