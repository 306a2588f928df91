#!/usr/bin/env bash
# iter_lines() of httpx cuts valid JSON lines in two, and the ollama client fails in mid-stream.
#
# Versions: httpx 0.28.1, httpx2 2.16.2, ollama 0.6.3, aiohttp 3.14.5, requests 2.34.2, Python 3.11.
# Guess: a line ends at LF or CR LF, so that three JSON texts with a LF after each are three lines.
# Why it is a good guess: JSON strings cannot contain a line feed, but any other of these characters;
#   the lines of files, of aiohttp, and of requests (bytes) end there and nowhere else.
# Actual behavior: httpx and httpx2, and requests with `decode_unicode=True`, split as str.splitlines
#   does: also at U+2028 and at U+0085, which JSON allows within strings and which serializers of Rust,
#   JavaScript and Python (`ensure_ascii=False`) write as they are. Both halves are invalid. When a
#   model of ollama puts out U+0085, the stream of `chat` ends in a JSONDecodeError; U+2028 comes
#   escaped, because the server is written in Go.
# Output seen (lines for 3 objects): aiohttp 3, requests 3, requests decode_unicode 5, httpx 5,
#   httpx2 5; ollama JSONDecodeError after ['first']
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    httpx==0.28.1 httpx2==2.16.2 ollama==0.6.3 aiohttp==3.14.5 requests==2.34.2
"$dir/venv/bin/python" - <<'PY'
import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp
import httpx
import httpx2
import ollama
import requests

OBJECTS = [{"text": "page one\u2028page two"}, {"text": "line one\u0085line two"}, {"text": "end"}]
TOKENS = ["first", "line one\u0085line two", "end"]


def chunk(text):
    message = {"role": "assistant", "content": text}
    return {"model": "m", "created_at": "2026-01-01T00:00:00Z", "message": message, "done": False}


def lines(objects):
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects).encode()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.respond(lines(OBJECTS))

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.respond(lines(chunk(text) for text in TOKENS))

    def respond(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"


async def with_aiohttp():
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return [line async for line in response.content]


def with_httpx(library):
    with library.stream("GET", url) as response:
        return list(response.iter_lines())


found = {
    "aiohttp": len(asyncio.run(with_aiohttp())),
    "requests": len(list(requests.get(url, stream=True).iter_lines())),
    "requests decode_unicode": len(
        list(requests.get(url, stream=True).iter_lines(decode_unicode=True))
    ),
    "httpx": len(with_httpx(httpx)),
    "httpx2": len(with_httpx(httpx2)),
}
texts = []
try:
    for part in ollama.Client(host=url).chat(model="m", messages=[], stream=True):
        texts.append(part.message.content)
    outcome = "complete"
except json.JSONDecodeError as error:
    outcome = type(error).__name__
counts = ", ".join(f"{name} {count}" for name, count in found.items())
print(f"{counts}; ollama {outcome} after {texts}")
assert list(found.values()) == [3, 3, 5, 5, 5]
assert (outcome, texts) == ("JSONDecodeError", ["first"])
PY
