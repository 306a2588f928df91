#!/usr/bin/env bash
# Litestar registers routes such as "/runs/{id:str}:cancel" or "/{name:str}.json", and never matches them.
#
# Versions: litestar 2.25.0, starlette 1.10.0, falcon 4.4.0, Python 3.11.
# Guess: a parameter may be a part of a path segment, or registering such a route is an error.
# Why it is a good guess: OpenAPI allows it, custom methods of HTTP APIs (`POST /tasks/{id}:cancel`, as
#   the REST binding of A2A has it) need it, Starlette and falcon match it, and Litestar refuses other
#   wrong paths, such as a parameter without a type.
# Actual behavior: nothing is refused. The route is in `app.routes` and in the OpenAPI document, but
#   each request for it is a 404. The segment is literal text: a request for the path with the braces in
#   it reaches the handler, which then misses its parameter in the query.
# Output seen: starlette r1, falcon r1, litestar 404, in its OpenAPI document True, with braces 400
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    litestar==2.25.0 starlette==1.10.0 falcon==4.4.0 httpx2==2.16.2 httpx==0.28.1
"$dir/venv/bin/python" - <<'PY'
import logging

import falcon.asgi
import falcon.testing
from litestar import Litestar, post
from litestar.testing import TestClient as LitestarClient
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient as StarletteClient

logging.disable(logging.CRITICAL)


async def starlette_cancel(request):
    return PlainTextResponse(request.path_params["run_id"])


class FalconCancel:
    async def on_post(self, request, response, run_id):
        response.text = run_id


@post("/runs/{run_id:str}:cancel", sync_to_thread=False)
def litestar_cancel(run_id: str) -> str:
    return run_id


route = Route("/runs/{run_id}:cancel", starlette_cancel, methods=["POST"])
with StarletteClient(Starlette(routes=[route])) as client:
    by_starlette = client.post("/runs/r1:cancel").text

falcon_app = falcon.asgi.App()
falcon_app.add_route("/runs/{run_id}:cancel", FalconCancel())
by_falcon = falcon.testing.TestClient(falcon_app).simulate_post("/runs/r1:cancel").text

litestar_app = Litestar([litestar_cancel])
documented = any("run_id" in path for path in litestar_app.openapi_schema.paths)
with LitestarClient(litestar_app) as client:
    by_litestar = client.post("/runs/r1:cancel").status_code
    literal = client.post("/runs/{run_id:str}:cancel").status_code

print(
    f"starlette {by_starlette}, falcon {by_falcon}, litestar {by_litestar}, "
    f"in its OpenAPI document {documented}, with braces {literal}"
)
assert (by_starlette, by_falcon, by_litestar) == ("r1", "r1", 404)
assert documented
assert literal == 400
PY
