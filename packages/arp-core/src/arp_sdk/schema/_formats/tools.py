"""The formats in which models and agents get a tool."""

from __future__ import annotations

from typing import Any, Literal

from arp_sdk.errors import ArpValidationError


class ToolFormats:
    """The formats in which models and agents get a tool.

    They are valid for the other side, whatever the definition contains: a name that it does not
    accept is replaced by one that it does, and the schemas become schemas of objects. The client's
    `dispatch` finds the tool by either name.
    """

    __slots__ = ()

    name: str
    description: str | None
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None

    def to_openai(
        self, api: Literal["chat", "responses"] = "chat", *, strict: bool | None = None
    ) -> dict[str, Any]:
        """Return the tool for the list `tools` of OpenAI's APIs.

        Args:
            api: `chat` for chat completions, `responses` for responses.
            strict: Whether the model's arguments must fit the schema. By default, they must if the
                strict mode can express the schema exactly. True also makes optional properties
                nullable: `dispatch` treats null as absent.

        Raises:
            ArpValidationError: If `strict` is true and the strict mode cannot express the schema.
        """
        from .json_schema import object_schema, without_combinations
        from .names import OPENAI, mapped_name
        from .strict import strict_schema

        root = object_schema(self.input_schema)
        is_strict = bool(strict)
        parameters = without_combinations(root)
        if strict is not False:
            try:
                parameters = strict_schema(root, self.name, nullable=is_strict)
                is_strict = True
            except ArpValidationError:
                if strict:
                    raise
        function: dict[str, Any] = {
            "name": mapped_name(self.name, OPENAI),
            "parameters": parameters,
            "strict": is_strict,
        }
        if self.description is not None:
            function["description"] = self.description
        if api == "responses":
            return {"type": "function", **function}
        return {"type": "function", "function": function}

    def to_mcp(self) -> dict[str, Any]:
        """Return the tool as a server of the Model Context Protocol lists it (`tools/list`).

        An output schema that clients may be unable to compile is left out.
        """
        from .json_schema import object_schema
        from .names import MCP, mapped_name

        name = mapped_name(self.name, MCP)
        tool: dict[str, Any] = {"name": name, "inputSchema": object_schema(self.input_schema)}
        if name != self.name:
            tool["title"] = self.name
        if self.description is not None:
            tool["description"] = self.description
        if self.output_schema is not None:
            output = _compilable(object_schema(self.output_schema))
            if output is not None and _is_object(self.output_schema):
                tool["outputSchema"] = output
        return tool


def _is_object(schema: dict[str, Any]) -> bool:
    return schema.get("type", "object") in ("object", ["object"])


def _compilable(schema: dict[str, Any]) -> dict[str, Any] | None:
    """Return a schema that clients in any language can compile, or None."""
    from .json_schema import references, resolved, without_patterns

    for first in references(schema):
        reference: Any = first
        passed: list[str] = []
        while isinstance(reference, str):
            target = resolved(schema, reference)
            # Compilers follow references to references, and may never come to an end.
            if not isinstance(target, dict) or reference in passed:
                return None
            passed.append(reference)
            reference = target.get("$ref")
    found: dict[str, Any] | None = without_patterns(schema)
    return found
