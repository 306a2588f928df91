"""Results of tools, in both protocols."""

from __future__ import annotations

from typing import Any

import msgspec
from mcp_types import CallToolResult, ContentBlock, TextContent, Tool
from pydantic import TypeAdapter, ValidationError

from arp_sdk.errors import ArpApiError, ArpError
from arp_sdk.models import Error, RunResult, ToolDefinition, ToolInvocationResult, ToolSource

CONTENT_KEY = "io.modelcontextprotocol.content"
"""Extension of an ARP result with the content blocks of the MCP result that it was made of."""
TOOL_KEY = "io.modelcontextprotocol.tool"
"""Extension of an ARP tool with the properties of the MCP tool that ARP has no place for."""

_BLOCKS: TypeAdapter[list[ContentBlock]] = TypeAdapter(list[ContentBlock])
_SHARED: tuple[str, ...] = ("$defs", "definitions", "$schema")
_KEPT = ("title", "annotations", "icons", "_meta")


def as_mcp_tool(definition: ToolDefinition, name: str) -> Tool:
    """Convert the definition of a tool for MCP, under a name of its own."""
    kept = (definition.extensions or {}).get(TOOL_KEY)
    converted = {**definition.to_mcp(), **(kept if isinstance(kept, dict) else {}), "name": name}
    try:
        return Tool.model_validate(converted, by_name=False)
    except ValidationError:
        # The extension of another registry is not what it should be.
        return Tool.model_validate({**definition.to_mcp(), "name": name}, by_name=False)


def as_arp_tool(tool: Tool) -> ToolDefinition:
    """Convert the definition of an MCP tool. Its id is `tool_NAME`."""
    dumped = tool.model_dump(mode="json", by_alias=True, exclude_none=True)
    kept = {key: dumped[key] for key in _KEPT if key in dumped}
    return ToolDefinition(
        tool_id=f"tool_{tool.name}",
        name=tool.name,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=None if tool.output_schema is None else _as_object(tool.output_schema),
        source=ToolSource.REMOTE,
        extensions={TOOL_KEY: kept} if kept else None,
    )


def _as_object(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an ARP result, which is an object."""
    if schema.get("type") == "object":
        return schema
    shared: dict[str, Any] = {key: schema[key] for key in _SHARED if key in schema}
    inner = {key: value for key, value in schema.items() if key not in shared}
    return {**shared, "type": "object", "properties": {"value": inner}, "required": ["value"]}


def as_arp_result(invocation_id: str, tool: Tool, result: CallToolResult) -> ToolInvocationResult:
    """Convert the result of an MCP tool.

    An object in `structuredContent` is the result, and another value of it is `value` in the
    result. Without it, `text` has all text. Unless there is text only, the content blocks are kept
    in an extension, or in `content` if there is nothing else.
    """
    blocks = _BLOCKS.dump_python(result.content, mode="json", by_alias=True, exclude_none=True)
    text = "\n".join(each.text for each in result.content if isinstance(each, TextContent))
    only_text = all(isinstance(each, TextContent) for each in result.content)
    if result.is_error:
        details = {"content": blocks} if not only_text else None
        error = Error(code="tool.execution_error", message=text or "the tool failed",
                      details=details)  # fmt: skip
        return ToolInvocationResult(invocation_id=invocation_id, ok=False, error=error)
    structured = result.structured_content
    if "structured_content" in result.model_fields_set:
        is_wrapped = tool.output_schema is not None and tool.output_schema.get("type") != "object"
        found = structured if isinstance(structured, dict) and not is_wrapped else None
        return ToolInvocationResult(
            invocation_id=invocation_id,
            ok=True,
            result={"value": structured} if found is None else found,
            extensions=None if only_text else {CONTENT_KEY: blocks},
        )
    value: dict[str, Any] = {"text": text} if text or only_text else {}
    return ToolInvocationResult(
        invocation_id=invocation_id,
        ok=True,
        result=value if only_text else {**value, "content": blocks},
    )


def as_mcp_result(result: ToolInvocationResult) -> CallToolResult:
    """Convert the result of an ARP tool: structured, and as text."""
    if not result.ok:
        return failure(_explanation(result.error))
    value = result.result or {}
    return CallToolResult(
        content=_restored(value, result.extensions) or [_text(as_text(value))],
        structured_content=value,
    )


def run_result(result: RunResult) -> CallToolResult:
    """Convert the result of a run: its output as text, and all of it structured."""
    final = (result.output or {}).get("final_text")
    text = final if isinstance(final, str) else as_text(result.output or {})
    return CallToolResult(
        content=[_text(text if result.ok else _explanation(result.error))],
        structured_content=result.to_dict(),
        is_error=not result.ok,
    )


def failure(message: str) -> CallToolResult:
    """Return the result of a tool that failed, which tells the model why."""
    return CallToolResult(content=[_text(message)], is_error=True)


def explained(error: ArpError) -> str:
    """Return an error of a service as text for a model."""
    return f"{error.code}: {error.message}" if isinstance(error, ArpApiError) else str(error)


def as_text(value: Any) -> str:
    """Return a JSON value as text."""
    return msgspec.json.encode(value).decode()


def _explanation(error: Error | None) -> str:
    if error is None:
        return "failed: the service does not say why"
    details = f" {as_text(error.details)}" if error.details else ""
    return f"{error.code}: {error.message}{details}"


def _restored(value: dict[str, Any], extensions: dict[str, Any] | None) -> list[ContentBlock]:
    """Return the content blocks of a result that comes from MCP."""
    for kept in ((extensions or {}).get(CONTENT_KEY), value.get("content")):
        try:
            return _BLOCKS.validate_python(kept, by_name=False)
        except ValidationError:
            continue
    return []


def _text(text: str) -> TextContent:
    return TextContent(text=text)
