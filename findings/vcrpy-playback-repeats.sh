#!/usr/bin/env bash
# vcrpy with allow_playback_repeats plays the first response for ever and never reaches the second.
#
# Versions: vcrpy 9.4.2, requests 2.34.2, Python 3.11.
# Guess: a recording of "queued", "succeeded" is played back in this order, and then the last
#   response is repeated; so a test may poll more often than the recording did.
# Why it is a good guess: without the option the responses are played in order, the option is there
#   for additional requests, and the mock `responses` stays at the last one, too.
# Actual behavior: with the option each equal request gets the first recorded response. A loop that
#   waits for "succeeded" would never end, although the recording contains it.
# Output seen: ordered ['queued', 'succeeded'], repeated ['queued', 'queued', 'queued', 'queued']
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check vcrpy==9.4.2 requests==2.34.2
"$dir/venv/bin/python" - "$dir/cassette.yaml" <<'PY'
import http.server
import sys
import threading

import requests
import vcr

states = ["queued", "succeeded"]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = states.pop(0).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/runs/1"


def poll(times, **options):
    with vcr.use_cassette(sys.argv[1], **options):
        return [requests.get(url).text for _ in range(times)]


recorded = poll(2, record_mode="once")
ordered = poll(2, record_mode="none")
repeated = poll(4, record_mode="none", allow_playback_repeats=True)
print("ordered", ordered, "repeated", repeated)
assert recorded == ordered == ["queued", "succeeded"]
assert repeated == ["queued"] * 4
PY
