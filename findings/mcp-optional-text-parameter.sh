#!/usr/bin/env bash
# `str | None` parameters of MCP tools are parsed as JSON first, `str` parameters are not.
#
# Versions: mcp 2.3.0, Python 3.11.
# Guess: making a text parameter optional does not change what happens to the text that is given.
# Why it is a good guess: the published input schema lists "string" first for both, the argument on
#   the wire is a JSON string in both cases, and pydantic itself would hand it through.
# Actual behavior: the SDK decodes a string argument as JSON when the annotation is not exactly
#   `str` (a help for models that send objects as text). The text "null" becomes None, so a search
#   for the word "null" searches for nothing. A text that is a JSON document, such as the content
#   of a file to write, becomes an object or a list and is refused as "not a string". A number in
#   quotes stays text.
# Output seen: str: 'null', '[1]', '{"a": 1}', '5'; str | None: None, refused, refused, '5'
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check mcp==2.3.0
"$dir/venv/bin/python" - <<'PY'
import asyncio
import logging

from mcp import Client
from mcp.server.mcpserver import MCPServer

logging.disable(logging.CRITICAL)
server = MCPServer("texts")


@server.tool()
def required(text: str) -> str:
    return repr(text)


@server.tool()
def optional(text: str | None = None) -> str:
    return repr(text)


TEXTS = ["null", "[1]", '{"a": 1}', "5"]


async def main():
    results = {}
    async with Client(server) as client:
        await client.list_tools()
        for tool in ("required", "optional"):
            results[tool] = []
            for text in TEXTS:
                result = await client.call_tool(tool, {"text": text})
                outcome = "refused" if result.is_error else result.structured_content["result"]
                results[tool].append(outcome)
    return results


results = asyncio.run(main())
print("str:", results["required"], "str | None:", results["optional"])
assert results["required"] == [repr(text) for text in TEXTS]
assert results["optional"] == ["None", "refused", "refused", "'5'"]
PY
