#!/usr/bin/env bash
# requests-sse breaks one event in two when a CR LF is split between two network reads.
#
# Versions: requests-sse 0.5.3, requests 2.34.2, Python 3.11.
# Guess: the position of chunk boundaries does not matter; two data lines followed by a blank line
#   are one event with two lines.
# Why it is a good guess: chunk boundaries carry no meaning in HTTP, proxies move them freely, and
#   incremental line decoders (httpx-sse, io.TextIOWrapper) keep a trailing CR until they know what
#   follows it.
# Actual behavior: a chunk that ends in CR ends the line; the LF at the start of the next chunk is
#   a second line end, that is, a blank line, which dispatches the event too early. A JSON document
#   sent as two data lines arrives as two fragments. With LF alone, the same boundaries are fine.
# Output seen: CR LF split: ['{"a":', '1}']; CR LF whole: ['{"a":\n1}']; LF: ['{"a":\n1}']
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check requests-sse==0.5.3 requests==2.34.2
"$dir/venv/bin/python" - <<'PY'
import http.server
import threading

import requests_sse

STREAMS = {
    "/split": [b'data: {"a":\r', b"\ndata: 1}\r\n\r\n"],
    "/whole": [b'data: {"a":\r\n', b"data: 1}\r\n\r\n"],
    "/lf": [b'data: {"a":', b"\ndata: 1}\n\n"],
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in [*STREAMS[self.path], b"data: end\n\n"]:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()


def received(path):
    events = []
    with requests_sse.EventSource(f"http://127.0.0.1:{server.server_port}{path}") as source:
        for event in source:
            if event.data == "end":
                return events
            events.append(event.data)


split, whole, line_feed = received("/split"), received("/whole"), received("/lf")
print("CR LF split:", split, "CR LF whole:", whole, "LF:", line_feed)
assert split == ['{"a":', "1}"]
assert whole == line_feed == ['{"a":\n1}']
PY
