#!/usr/bin/env bash
# The command with which schemathesis repeats a failure has other values than the failing request.
#
# Versions: schemathesis 4.32.5, Python 3.11.
# Guess: "Reproduce with" shows a curl command that sends the request that failed. Credentials, such
#   as an Authorization header, are masked.
# Why it is a good guess: the command is printed to be run, and the failure depends on the values.
# Actual behavior: each value whose name contains "token" is masked too, in the query and in the
#   body. Of a limit `max_tokens`, an integer, a string is left, so that the command gets status 400
#   for its type in place of the 500 that it is to show. A page token is lost in the same way.
# Output seen: {'sent': 7, 'shown': '[Filtered]', 'repeated': 400}
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check schemathesis==4.32.5
cd "$dir"
venv/bin/python - <<'PY'
import http.server
import json
import re
import subprocess
import threading
import urllib.error
import urllib.request

SCHEMA = {"type": "object", "properties": {"max_tokens": {"type": "integer", "enum": [7]}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Runs", "version": "1"},
    "paths": {
        "/runs": {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {**SCHEMA, "required": ["max_tokens"]}}
                    },
                },
                "responses": {"200": {"description": "Started."}, "400": {"description": "No."}},
            }
        }
    },
}
failed = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_valid = body == {"max_tokens": 7}
        failed.extend([body["max_tokens"]] * is_valid)
        self.send_response(500 if is_valid else 400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
with open("openapi.json", "w") as file:
    json.dump(DOCUMENT, file)
command = ["venv/bin/schemathesis", "run", "openapi.json", "--url", url, "--mode", "positive"]
report = subprocess.run(
    [*command, "--checks", "not_a_server_error", "--seed", "1"], capture_output=True, text=True
).stdout
shown = json.loads(re.search(r"curl .*?-d '(.*?)'", report)[1])
request = urllib.request.Request(f"{url}/runs", json.dumps(shown).encode(), method="POST")
try:
    repeated = urllib.request.urlopen(request).status
except urllib.error.HTTPError as error:
    repeated = error.code
got = {"sent": failed[0], "shown": shown["max_tokens"], "repeated": repeated}
print(got)
assert got == {"sent": 7, "shown": "[Filtered]", "repeated": 400}, got
PY
