"""The calls of tools that language models make, and the responses that they get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from arp_sdk.core._contract.workflows import member
from arp_sdk.errors import ArpValidationError


class ModelCall(NamedTuple):
    """A call that a model has made.

    Attributes:
        api: The API whose form it has: `chat`, `responses` or `mcp`.
        id: Its identifier; empty for `mcp`.
        name: The tool's name, as the model knows it.
        given: The arguments: JSON text, a mapping, or None.
    """

    api: str
    id: str
    name: str
    given: Any

    def arguments(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments, without the nulls that stand for absent ones."""
        from arp_sdk.schema._formats.strict import without_nulls

        value, reason = self.given, "are not a JSON object"
        if isinstance(value, (str, bytes)):
            try:
                value = msgspec.json.decode(value or b"{}")
            except (ValueError, RecursionError) as error:
                value, reason = (), f"are not JSON: {error}"
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            raise ArpValidationError(reason, subject=f"arguments of {self.name}")
        found: dict[str, Any] = without_nulls(schema, dict(value), schema)
        return found

    def success(self, result: dict[str, Any]) -> dict[str, Any]:
        """Return the response for the model after an invocation."""
        response = self._response(result)
        return {**response, "structuredContent": result} if self.api == "mcp" else response

    def failure(self, code: str, message: str, retryable: bool | None) -> dict[str, Any]:
        """Return the response for the model after a failure."""
        error = {"code": code, "message": message, "retryable": retryable}
        kept = {key: value for key, value in error.items() if value is not None}
        response = self._response({"error": kept})
        return {**response, "isError": True} if self.api == "mcp" else response

    def _response(self, content: dict[str, Any]) -> dict[str, Any]:
        text = msgspec.json.encode(content).decode()
        if self.api == "chat":
            return {"role": "tool", "tool_call_id": self.id, "content": text}
        if self.api == "responses":
            return {"type": "function_call_output", "call_id": self.id, "output": text}
        return {"content": [{"type": "text", "text": text}], "isError": False}


def read_call(call: object) -> ModelCall:
    """Read a tool call of chat completions, responses or MCP: an object or a mapping."""
    function, params = member(call, "function"), member(call, "params")
    if function is not None:
        found = ModelCall("chat", member(call, "id"), *_named(function))
    elif member(call, "type") == "function_call":
        found = ModelCall("responses", member(call, "call_id"), *_named(call))
    elif member(call, "type") is None:
        found = ModelCall("mcp", "", *_named(call if params is None else params))
    else:  # a form of another API, whose arguments have another name
        found = ModelCall("", "", *_named(None))
    if not isinstance(found.name, str) or not isinstance(found.id, str):
        expected = "chat completions, a function_call of responses, or a tools/call of MCP"
        raise ArpValidationError(f"is not a tool call of {expected}", subject=f"{type(call)!r}")
    return found


def _named(call: object) -> tuple[Any, Any]:
    return member(call, "name"), member(call, "arguments")
