#!/usr/bin/env bash
# A client of openapi-python-client ignores `style` and `explode` of query parameters.
#
# Versions: openapi-python-client 0.29.1, httpx 0.28.1, Python 3.11.
# Guess: an array with `explode: false` is sent as `ids=1,2`, an object with `style: deepObject` as
#   `filter[state]=open`; or the generator warns that it leaves the parameter out.
# Why it is a good guess: the document says exactly how to write them, both are common in public
#   APIs, and the generator warns about what it does not support.
# Actual behavior: there is no warning. The array is sent as `ids=1&ids=2`, and the object as its
#   bare properties: `state=open`, which can collide with another parameter. The server sees one id
#   or a list that it did not declare, and no filter.
# Output seen: ids=1&ids=2&state=open
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    openapi-python-client==0.29.1 httpx==0.28.1
cd "$dir"
cat > api.yaml <<'YAML'
openapi: 3.0.3
info: {title: Tickets, version: "1"}
paths:
  /tickets:
    get:
      operationId: list_tickets
      parameters:
        - {name: ids, in: query, style: form, explode: false,
           schema: {type: array, items: {type: integer}}}
        - {name: filter, in: query, style: deepObject, explode: true,
           schema: {type: object, properties: {state: {type: string}}}}
      responses:
        "204": {description: Nothing to see.}
YAML
venv/bin/openapi-python-client generate --path api.yaml --meta none --output-path tickets > log 2>&1
if grep -i "style\|explode\|parameter" log; then exit 1; fi
venv/bin/python - <<'PY'
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from tickets import Client
from tickets.api.default import list_tickets
from tickets.models import ListTicketsFilter

queries = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        queries.append(self.path.partition("?")[2])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = Client(base_url=f"http://127.0.0.1:{server.server_port}")
condition = ListTicketsFilter.from_dict({"state": "open"})
list_tickets.sync_detailed(client=client, ids=[1, 2], filter_=condition)
server.shutdown()
print(queries[0])
assert queries == ["ids=1&ids=2&state=open"]
PY
