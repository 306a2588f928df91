#!/usr/bin/env bash
# aiohttp declares "application/octet-stream" for a POST that has no body at all.
#
# Versions: aiohttp 3.14.5, requests 2.34.2, httpx 0.28.1, Python 3.11.
# Guess: a POST without data (an action such as "/runs/1:cancel") has "Content-Length: 0" and no
#   Content-Type.
# Why it is a good guess: the header describes a body, there is none, and requests and httpx leave
#   it out.
# Actual behavior: aiohttp adds "Content-Type: application/octet-stream" to POST, PUT and PATCH; GET
#   and DELETE are left alone. A service that accepts no type but JSON responds with
#   415, to aiohttp only, unless the session lists the header in `skip_auto_headers`.
# Output seen: aiohttp POST, PUT, PATCH 'application/octet-stream'; requests None; httpx None
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    aiohttp==3.14.5 requests==2.34.2 httpx==0.28.1
"$dir/venv/bin/python" - <<'PY'
import asyncio

import aiohttp
import httpx
import requests
from aiohttp import web

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


async def declared(request):
    return web.Response(text=str(request.headers.get("Content-Type")))


async def main():
    app = web.Application()
    app.router.add_route("*", "/", declared)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"

    async def with_aiohttp(method, **options):
        async with aiohttp.ClientSession(**options) as session:
            async with session.request(method, url) as response:
                return await response.text()

    results = {
        "aiohttp": [await with_aiohttp(method) for method in METHODS],
        "aiohttp, skipped": [
            await with_aiohttp(method, skip_auto_headers=["Content-Type"]) for method in METHODS
        ],
        "requests": [
            (await asyncio.to_thread(requests.request, method, url)).text for method in METHODS
        ],
        "httpx": [(await asyncio.to_thread(httpx.request, method, url)).text for method in METHODS],
    }
    await runner.cleanup()
    return results


results = asyncio.run(main())
for name, types in results.items():
    print(name, dict(zip(METHODS, types)))
binary = "application/octet-stream"
assert results["aiohttp"] == ["None", binary, binary, binary, "None"]
for name in ("aiohttp, skipped", "requests", "httpx"):
    assert set(results[name]) == {"None"}, name
PY
