#!/usr/bin/env bash
# requests and urllib3 send a generator's data once; after a 307 or a retry the body is empty.
#
# Versions: requests 2.34.2, urllib3 2.8.0, httpx 0.28.1, Python 3.11.
# Guess: a body that cannot be rewound makes the client raise (requests has UnrewindableBodyError,
#   urllib3 has it too).
# Why it is a good guess: the exception exists for this, httpx raises StreamConsumed, and 307 and
#   308 promise that the request is repeated with its body.
# Actual behavior: the second request is a well-formed chunked request with an empty body, and the
#   caller gets its 200. The same happens when urllib3's Retry repeats a 503. urllib3 used directly
#   even sends an open file empty after a 307, though it rewinds the same file for a 503.
# Output seen (sizes of the bodies that arrived):
#   requests 307 generator [8, 0], requests 503 generator [8, 0], urllib3 307 generator [8, 0],
#   urllib3 307 file [8, 0], urllib3 503 file [8, 8], requests 307 file [8, 8]
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    requests==2.34.2 urllib3==2.8.0 httpx==0.28.1
"$dir/venv/bin/python" - <<'PY'
import http.server
import io
import threading

import httpx
import requests
import urllib3
from requests.adapters import HTTPAdapter

sizes = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        size = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(size)
        while "chunked" in self.headers.get("Transfer-Encoding", ""):
            chunk = int(self.rfile.readline(), 16)
            self.rfile.read(chunk + 2)
            size += chunk
            if not chunk:
                break
        sizes.append(size)
        self.send_response(int(self.path[1:]) if len(sizes) == 1 else 200)
        self.send_header("Location", "/200")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.handle_error = lambda *args: None  # httpx gives up in the middle of a request
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"
retry = urllib3.Retry(3, status_forcelist=[503], allowed_methods=None)
session = requests.Session()
session.mount("http://", HTTPAdapter(max_retries=retry))
pool = urllib3.PoolManager(retries=retry)


def data(kind):
    return io.BytesIO(b"12345678") if kind == "file" else (part for part in (b"1234", b"5678"))


def arrived(client, status, kind):
    sizes.clear()
    if client == "requests":
        assert session.post(f"{base}/{status}", data=data(kind)).status_code == 200
    else:
        assert pool.request("POST", f"{base}/{status}", body=data(kind)).status == 200
    print(client, status, kind, sizes)
    return list(sizes)


for case in (("requests", 307, "generator"), ("requests", 503, "generator"),
             ("urllib3", 307, "generator"), ("urllib3", 307, "file")):
    assert arrived(*case) == [8, 0]
assert arrived("urllib3", 503, "file") == arrived("requests", 307, "file") == [8, 8]
sizes.clear()
try:
    httpx.post(f"{base}/307", content=data("generator"), follow_redirects=True)
    raise SystemExit("httpx no longer raises")
except httpx.StreamConsumed:
    assert sizes == [8]
PY
