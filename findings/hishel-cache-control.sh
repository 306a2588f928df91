#!/usr/bin/env bash
# hishel 2 ignores Cache-Control by default and answers every repeated GET from its cache.
#
# Versions: hishel 2.0.0, httpx 0.28.1, Python 3.11.
# Guess: `CacheClient()` follows RFC 9111: a response with `no-store` is not kept, one with
#   `no-cache` is validated with its ETag, `Vary: Accept` separates representations, and a
#   successful POST to a URL makes the cached GET of it stale.
# Why it is a good guess: this is what hishel has been known for; its 1.x versions did it without
#   any option, and a cache with HTTP semantics is the reason to choose it over requests-cache.
# Actual behavior: since 2.0 the semantics have to be requested with `rfc=True`. Without it, each
#   2xx response to GET or HEAD is kept by method and URL, whatever its headers say. A loop that
#   polls a status sees the first state for ever. An upgrade changes this without an error.
# Output seen: default: no-store 1 request, no-cache 1, Vary 1 (JSON twice), after POST 'state 1';
#   rfc=True: no-store 2 requests, no-cache 2, Vary 2, after POST 'state 3'
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check "hishel[httpx]==2.0.0" httpx==0.28.1
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import http.server
import threading

import hishel
import hishel.httpx

requests = []
HEADERS = {
    "/no-store": {"Cache-Control": "no-store"},
    "/no-cache": {"Cache-Control": "no-cache", "ETag": '"1"'},
    "/vary": {"Cache-Control": "max-age=60", "Vary": "Accept"},
    "/state": {"Cache-Control": "max-age=60"},
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_any(self):
        requests.append(self.command)
        body = f"state {len(requests)} as {self.headers['Accept']}".encode()
        self.send_response(200)
        for name, value in HEADERS[self.path].items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_any

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"


def observe(name, **options):
    storage = hishel.SqliteStorage(database_path=f"{name}.db")
    counts = {}
    with hishel.httpx.CacheClient(storage=storage, **options) as client:
        for path in ("/no-store", "/no-cache", "/vary"):
            requests.clear()
            for accept in ("application/json", "text/html"):
                client.get(base + path, headers={"Accept": accept if path == "/vary" else "*/*"})
            counts[path] = len(requests)
        requests.clear()
        client.get(base + "/state")
        client.post(base + "/state")
        counts["after POST"] = client.get(base + "/state").text[:7]
    print(name, counts)
    return list(counts.values())


assert observe("default") == [1, 1, 1, "state 1"]
assert observe("rfc", rfc=True) == [2, 2, 2, "state 3"]
PY
