#!/usr/bin/env bash
# respx does not mock the requests of the current openai client, and OpenTelemetry does not trace them.
#
# Versions: openai 3.51.0 (which brings httpx2 2.16.2), respx 0.23.1, httpx 0.28.1,
#   opentelemetry-instrumentation-httpx 0.66b2, vcrpy 9.4.2, Python 3.11.
# Guess: tools for httpx cover the openai client, as they have for years: a route of respx is used in
#   place of the service, and the instrumentation makes a span for each request.
# Why it is a good guess: everything installs together without a warning, openai still accepts an
#   httpx.Client, and vcrpy does record its requests.
# Actual behavior: openai sends by httpx2, which neither tool patches, and neither says so. The request
#   of a test with a mocked route goes to the real service, with the API key, and traces lack the
#   calls of the model. `openai.OpenAI(http_client=httpx.Client())` brings both back.
# Output seen: {'default': (1, 0), 'httpx.Client': (0, 2)} (requests of the mocked call that arrived,
#   spans of both calls)
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    openai==3.51.0 httpx2==2.16.2 respx==0.23.1 httpx==0.28.1 \
    opentelemetry-instrumentation-httpx==0.66b2 opentelemetry-sdk==1.45.2
"$dir/venv/bin/python" - <<'PY'
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import openai
import respx
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

MODELS = {"object": "list", "data": []}
arrived: list[str] = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        arrived.append(self.path)
        body = json.dumps(MODELS).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/v1"

spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
HTTPXClientInstrumentor().instrument(tracer_provider=provider)

got = {}
for name in ("default", "httpx.Client"):
    arrived.clear()
    spans.clear()
    options = {"api_key": "a-key", "base_url": url, "max_retries": 0}
    with respx.mock(assert_all_called=False) as mocked:
        mocked.get(f"{url}/models").respond(json=MODELS)
        http_client = httpx.Client() if name == "httpx.Client" else None
        openai.OpenAI(http_client=http_client, **options).models.list()
    requests = len(arrived)
    openai.OpenAI(
        http_client=httpx.Client() if name == "httpx.Client" else None, **options
    ).models.list()
    got[name] = requests, len(spans.get_finished_spans())
print(got)
assert got["default"] == (1, 0) and got["httpx.Client"][0] == 0, got
assert got["httpx.Client"][1] > 0, got
PY
