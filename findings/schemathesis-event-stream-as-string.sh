#!/usr/bin/env bash
# schemathesis reports event streams that are declared as strings, the only way in OpenAPI 3.1.
#
# Versions: schemathesis 4.32.5, Python 3.11.
# Guess: the body of a response `text/event-stream` is checked against the schema of that media
#   type. A stream is text, so that `type: string` fits each stream.
# Why it is a good guess: OpenAPI 3.1 applies `schema` to the whole content, knows nothing of events,
#   and `application/x-ndjson` beside it is a string for the check too.
# Actual behavior: the stream is cut into events, and an object with the fields of each, such as
#   `data`, has to fit the schema. A correct service fails with "SSE event violates schema".
# Output seen: {'text/event-stream': ['SSE event violates schema'], 'application/x-ndjson': []}
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check schemathesis==4.32.5
"$dir/venv/bin/python" - <<'PY'
import http.server
import threading

import schemathesis
from schemathesis.specs.openapi.checks import response_schema_conformance

BODIES = {"text/event-stream": b"data: Hello\n\n", "application/x-ndjson": b'{"text": "Hello"}\n'}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        media_type = self.path[1:]
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(BODIES[media_type])))
        self.end_headers()
        self.wfile.write(BODIES[media_type])

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
paths = {
    f"/{media_type}": {
        "get": {
            "responses": {
                "200": {
                    "description": "A stream.",
                    "content": {media_type: {"schema": {"type": "string"}}},
                }
            }
        }
    }
    for media_type in BODIES
}
document = {"openapi": "3.1.0", "info": {"title": "Streams", "version": "1"}, "paths": paths}
schema = schemathesis.openapi.from_dict(document)
got = {}
for media_type in BODIES:
    case = schema[f"/{media_type}"]["GET"].Case()
    response = case.call(base_url=f"http://127.0.0.1:{server.server_port}")
    try:
        case.validate_response(response, checks=[response_schema_conformance])
        got[media_type] = []
    except BaseExceptionGroup as error:
        got[media_type] = [failure.title for failure in error.exceptions]
print(got)
expected = {"text/event-stream": ["SSE event violates schema"], "application/x-ndjson": []}
assert got == expected, got
PY
