"""An MCP server of 2025-11-25 that breaks the rules: `python rule_breaker.py`."""

from __future__ import annotations

import json
import sys
from typing import Any

TOOLS: list[Any] = [
    {"name": "good", "inputSchema": {"type": "object"}, "title": "Good"},
    {"name": "no_schema", "title": 5},
    {"name": "no_type", "inputSchema": {"properties": {"a": {"type": "string"}}}},
    {"name": "array", "inputSchema": {"type": "array"}, "outputSchema": {"type": "array"}},
    {
        "name": "itself",
        "inputSchema": {"type": "object", "allOf": [{"$ref": "#"}]},
        "outputSchema": {"allOf": [{"$ref": "#"}]},
    },
    {"inputSchema": {"type": "object"}},
    "nonsense",
    *({"name": name, "inputSchema": {}} for name in ("n" * 300, "n" * 301, "a/b", "a%2Fb", "..")),
    {"name": "hologram", "inputSchema": {}},
    {"name": "huge", "inputSchema": {}},
    {"name": "noise", "inputSchema": {}},
]
CONTENT = {"hologram": [{"type": "hologram"}], "huge": [{"type": "text", "text": "z" * 20_000_000}]}


def result(method: str, params: dict[str, Any]) -> dict[str, Any]:
    if method == "initialize":
        info = {"name": "rule breaker", "version": "1"}
        version = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}}
        return {**version, "serverInfo": info}
    if method == "tools/list":
        return {"tools": TOOLS}
    if params["name"] == "noise":
        sys.stdout.write("starting...\n[]\n{\n")
    text = [{"type": "text", "text": params["name"]}]
    content = CONTENT.get(params["name"], text)
    return {"content": content, **({"structuredContent": {}} if params["name"] == "itself" else {})}


for line in sys.stdin:
    request = json.loads(line)
    if "id" in request:
        response: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        if request["method"] in ("initialize", "tools/list", "tools/call"):
            response["result"] = result(request["method"], request.get("params") or {})
        else:
            response["error"] = {"code": -32601, "message": "Method not found"}
        sys.stdout.write(json.dumps(response) + "\n")
        sys.stdout.flush()
