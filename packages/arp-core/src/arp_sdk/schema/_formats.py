"""Shapes that models have in other ecosystems."""

from __future__ import annotations

from typing import Any


class ToolFormats:
    """The shapes of a tool that models and agents are given."""

    __slots__ = ()

    name: str
    description: str | None
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None

    def to_openai(self) -> dict[str, Any]:
        """Return the tool as OpenAI's chat completions take it, in the list `tools`."""
        function: dict[str, Any] = {"name": self.name, "parameters": self.input_schema}
        if self.description is not None:
            function["description"] = self.description
        return {"type": "function", "function": function}

    def to_mcp(self) -> dict[str, Any]:
        """Return the tool as a server of the Model Context Protocol lists it (`tools/list`)."""
        tool: dict[str, Any] = {"name": self.name, "inputSchema": self.input_schema}
        if self.description is not None:
            tool["description"] = self.description
        if self.output_schema is not None:
            tool["outputSchema"] = self.output_schema
        return tool
