#!/usr/bin/env bash
# A request target in absolute form is not routed by uvicorn and hypercorn.
#
# Versions: uvicorn 0.54.0, hypercorn 0.18.0, granian 2.8.9, starlette 1.10.0, Python 3.11.
# Guess: "GET http://host/items HTTP/1.1" reaches the route "/items" on each server; the ASGI scope
#   has the path "/items".
# Why it is a good guess: HTTP requires every server to accept the absolute form, which is what a
#   client sends when it takes the server for a proxy (an HTTP_PROXY setting, a misconfigured
#   gateway), and the ASGI specification defines `path` as the path.
# Actual behavior: uvicorn and hypercorn put the complete URL into `path`, so a Starlette
#   application responds with 404 to its own URL. granian routes the request.
# Output seen: uvicorn 404 'http://service.test/items', hypercorn 404 'http://service.test/items',
#   granian 200 '/items'
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    uvicorn==0.54.0 hypercorn==0.18.0 granian==2.8.9 starlette==1.10.0
cat > "$dir/service.py" <<'PY'
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def respond(request, error=None):
    return PlainTextResponse(request.scope["path"], 404 if error else 200)


app = Starlette(routes=[Route("/items", respond)], exception_handlers={404: respond})
PY
cd "$dir"
"$dir/venv/bin/python" - "$dir/venv/bin" <<'PY'
import http.client
import socket
import subprocess
import sys
import time

SERVERS = {
    "uvicorn": ["uvicorn", "service:app", "--log-level", "critical", "--port", "PORT"],
    "hypercorn": ["hypercorn", "service:app", "--log-level", "CRITICAL", "-b", "127.0.0.1:PORT"],
    "granian": ["granian", "--interface", "asgi", "--no-log", "--port", "PORT", "service:app"],
}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def ask(port, target):
    for _ in range(100):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", target, headers={"Host": "service.test"})
        except ConnectionRefusedError:
            time.sleep(0.1)
            continue
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, text
    raise SystemExit("the server did not start")


results = {}
for name, (program, *arguments) in SERVERS.items():
    port = free_port()
    command = [f"{sys.argv[1]}/{program}", *(a.replace("PORT", str(port)) for a in arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert ask(port, "/items") == (200, "/items"), name
        results[name] = ask(port, "http://service.test/items")
    finally:
        process.terminate()
        process.wait(20)
print(results)
assert results["uvicorn"] == results["hypercorn"] == (404, "http://service.test/items")
assert results["granian"] == (200, "/items")
PY
