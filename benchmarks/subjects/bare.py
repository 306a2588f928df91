"""The least that uvicorn can serve: the same bodies, made beforehand, without any checks."""

from __future__ import annotations

import json
from typing import Any

from subjects.values import CHANGED, NODE_TYPES, RUN, RUNS, START, event

BODIES = {"/v1/health": {"status": "ok", "time": START}, "/v1/runs/run_1": RUN}
PAGES = [{"runs": RUNS}, {"runs": CHANGED}]


def application(bodies: dict[str, list[Any]]) -> Any:
    texts = {
        path: [json.dumps(each, separators=(",", ":")).encode() for each in values]
        for path, values in bodies.items()
    }

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("/events"):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": event(), "more_body": True})
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        of_path = texts[scope["path"]]
        of_path.reverse()
        length = b"%d" % len(of_path[0])
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": of_path[0]})

    return serve


gateway = application({path: [body] for path, body in BODIES.items()})
registry = application({"/v1/node-types": [NODE_TYPES]})
daemon = application({"/v1/runs": PAGES[:1]})
changing = application({"/v1/runs": PAGES})
