#!/usr/bin/env bash
# aiohttp-retry knows neither rate limits nor Retry-After.
#
# Versions: aiohttp-retry 2.9.1, aiohttp 3.14.5, Python 3.11.
# Guess: a 429 with "Retry-After: 2" is repeated after two seconds.
# Why it is a good guess: 429 is the response that asks for a retry, and urllib3's Retry,
#   httpx-retries and the SDKs of model providers all repeat it and follow the header by default.
# Actual behavior: by default only the 5xx range is repeated; the 429 is returned after one request.
#   Retry-After is ignored for a 503 as well: the second request leaves after the client's own
#   backoff, earlier than the server allowed. POST is repeated like GET.
# Output seen: 429: 1 request; 503: 2 requests, the second far sooner than 2 s; POST: 2 requests
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check aiohttp-retry==2.9.1 aiohttp==3.14.5
"$dir/venv/bin/python" - <<'PY'
import asyncio
import time

from aiohttp import web
from aiohttp_retry import ExponentialRetry, RetryClient

seen = []


async def respond(request):
    seen.append(time.monotonic())
    if len(seen) > 1:
        return web.Response()
    return web.Response(status=int(request.query["status"]), headers={"Retry-After": "2"})


async def main():
    app = web.Application()
    app.router.add_route("*", "/", respond)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    results = {}
    async with RetryClient(retry_options=ExponentialRetry(attempts=3)) as client:
        for method, status in (("GET", 429), ("GET", 503), ("POST", 503)):
            seen.clear()
            url = f"http://127.0.0.1:{port}/?status={status}"
            async with client.request(method, url) as response:
                await response.read()
            results[method, status] = list(seen)
    await runner.cleanup()
    return results


results = asyncio.run(main())
print({key: len(times) for key, times in results.items()})
assert len(results["GET", 429]) == 1
assert len(results["GET", 503]) == len(results["POST", 503]) == 2
first, second = results["GET", 503]
assert second - first < 1.5, second - first
PY
