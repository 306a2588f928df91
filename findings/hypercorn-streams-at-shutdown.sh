#!/usr/bin/env bash
# An application under hypercorn does not learn in time that it has to end its streams.
#
# Versions: hypercorn 0.18.0, uvicorn 0.54.0, granian 2.8.9, Python 3.11.
# Guess: an application that ends its event streams when SIGTERM arrives (ASGI itself tells it only
#   after all requests are over) does so under each server, and clients receive whole responses.
# Why it is a good guess: it works under uvicorn and granian, and hypercorn runs one worker by
#   default, which looks like a single process.
# Actual behavior: hypercorn's worker is another process. It is told to stop by an event of
#   multiprocessing and receives no signal: after three seconds it cancels the streams, and the
#   response is cut off. With `--workers 0` there is no other process, and the stream ends whole.
# Output seen: uvicorn whole, granian whole, hypercorn cut off, hypercorn --workers 0 whole
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    uvicorn==0.54.0 hypercorn==0.18.0 granian==2.8.9
cat > "$dir/service.py" <<'PY'
import asyncio
import signal

CHUNK = "http.response.body"


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    previous = signal.getsignal(signal.SIGTERM)

    def stop(number, frame):
        loop.call_soon_threadsafe(stopping.set)
        if callable(previous):
            previous(number, frame)

    signal.signal(signal.SIGTERM, stop)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": CHUNK, "body": b"event\n", "more_body": True})
    await stopping.wait()
    await send({"type": CHUNK, "body": b"", "more_body": False})
PY
cd "$dir"
"$dir/venv/bin/python" - "$dir/venv/bin" <<'PY'
import http.client
import socket
import subprocess
import sys
import time

HYPERCORN = ["hypercorn", "service:app", "--log-level", "CRITICAL", "-b", "127.0.0.1:PORT"]
SERVERS = {
    "uvicorn": ["uvicorn", "service:app", "--log-level", "critical", "--port", "PORT"],
    "granian": ["granian", "--interface", "asgi", "--no-log", "--port", "PORT", "service:app"],
    "hypercorn": HYPERCORN,
    "hypercorn --workers 0": [*HYPERCORN, "--workers", "0"],
}


def open_stream(port):
    for _ in range(100):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("GET", "/")
            return connection.getresponse()
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


results = {}
for name, (program, *arguments) in SERVERS.items():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [f"{sys.argv[1]}/{program}", *(a.replace("PORT", str(port)) for a in arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        response = open_stream(port)
        assert response.readline() == b"event\n", name
        process.terminate()
        try:
            assert response.read() == b"", name
            results[name] = "whole"
        except http.client.IncompleteRead:
            results[name] = "cut off"
    finally:
        process.terminate()
        process.wait(20)
print(results)
assert results.pop("hypercorn") == "cut off"
assert set(results.values()) == {"whole"}
PY
