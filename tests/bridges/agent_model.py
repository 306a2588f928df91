"""A model for the Agents SDK that is a function. Imported if the group `bridges` is installed."""

from __future__ import annotations

from typing import Any

from agents.items import ModelResponse
from agents.models.interface import Model
from agents.usage import Usage
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)


class Caller(Model):
    """Calls one tool, and repeats what it returned."""

    def __init__(self, name: str, arguments: str) -> None:
        self._name = name
        self._arguments = arguments

    async def get_response(self, *args: Any, **kwargs: Any) -> ModelResponse:
        given: Any = args[1] if len(args) > 1 else kwargs["input"]
        item: Any
        if isinstance(given, str) or given[-1].get("type") != "function_call_output":
            item = ResponseFunctionToolCall(
                type="function_call", call_id="c1", name=self._name, arguments=self._arguments
            )
        else:
            output = str(given[-1]["output"])
            text = ResponseOutputText(type="output_text", text=output, annotations=[])
            item = ResponseOutputMessage(
                id="m1", type="message", role="assistant", status="completed", content=[text]
            )
        return ModelResponse(output=[item], usage=Usage(), response_id=None)

    def stream_response(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError
