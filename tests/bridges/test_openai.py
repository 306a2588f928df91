"""The libraries of models accept the tools, and their calls are dispatched."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from arp_sdk.models import ToolDefinition
from arp_sdk.sandbox import Sandbox
from arp_sdk.tool_registry import AsyncToolRegistryClient, ToolRegistryClient
from first_party.environment import REPOSITORY
from support.pages import programs_on
from support.server import Received, Reply, Server, json_reply

from .schemas import SCHEMAS, TOOLS, tool
from .test_dispatch import Registry

pytestmark = pytest.mark.full
NEEDS = "needs the group `bridges`: hatch run sync"
EACH = pytest.mark.parametrize("definition", TOOLS, ids=lambda each: each.name[:20])


@EACH
def test_the_types_of_openai_accept_the_tools(definition: ToolDefinition) -> None:
    pytest.importorskip("openai", reason=NEEDS)
    from openai.types.chat import ChatCompletionFunctionToolParam
    from openai.types.responses import FunctionToolParam
    from pydantic import TypeAdapter

    chat = definition.to_openai()
    TypeAdapter(ChatCompletionFunctionToolParam).validate_python(chat, strict=True)
    flat = definition.to_openai("responses")
    TypeAdapter(FunctionToolParam).validate_python(flat, strict=True)


@EACH
def test_the_validators_of_strict_mode_agree(definition: ToolDefinition) -> None:
    """In our strict mode, neither the Agents SDK nor pydantic-ai changes a thing."""
    pytest.importorskip("agents", reason=NEEDS)
    pytest.importorskip("pydantic_ai", reason=NEEDS)
    from agents.strict_schema import ensure_strict_json_schema
    from pydantic_ai.profiles.openai import OpenAIJsonSchemaTransformer

    function = definition.to_openai()["function"]
    text = json.dumps(function["parameters"])
    transformer = OpenAIJsonSchemaTransformer(json.loads(text), strict=None)
    transformed = transformer.walk()
    assert transformer.is_strict_compatible or not function["strict"]
    if function["strict"]:
        assert transformed == json.loads(text)
        assert ensure_strict_json_schema(json.loads(text)) == json.loads(text)


@pytest.mark.parametrize("name", ["tree", "closed", "person", "types", "without_type"])
def test_the_validators_accept_what_was_made_strict(name: str) -> None:
    pytest.importorskip("agents", reason=NEEDS)
    pytest.importorskip("pydantic_ai", reason=NEEDS)
    from agents.strict_schema import ensure_strict_json_schema
    from pydantic_ai.profiles.openai import OpenAIJsonSchemaTransformer

    parameters = tool(SCHEMAS[name]).to_openai(strict=True)["function"]["parameters"]
    text = json.dumps(parameters)
    transformer = OpenAIJsonSchemaTransformer(json.loads(text), strict=None)
    assert transformer.walk() == parameters
    assert transformer.is_strict_compatible
    assert ensure_strict_json_schema(json.loads(text)) == parameters


def test_the_calls_of_openai_are_dispatched(server: Server) -> None:
    pytest.importorskip("openai", reason=NEEDS)
    from openai.types.chat import (
        ChatCompletionMessageFunctionToolCall,
        ChatCompletionToolMessageParam,
    )
    from openai.types.responses import ResponseFunctionToolCall
    from openai.types.responses.response_input_item_param import FunctionCallOutput
    from pydantic import TypeAdapter

    server.plan(Registry())
    with ToolRegistryClient(server.url) as registry:
        name = registry.tools()["math.sum"].to_openai()["function"]["name"]
        function = {"name": name, "arguments": '{"a": 1, "b": 2}'}
        chat: Any = {"id": "c1", "type": "function", "function": function}
        message = registry.dispatch(ChatCompletionMessageFunctionToolCall.model_validate(chat))
        TypeAdapter(ChatCompletionToolMessageParam).validate_python(message, strict=True)
        item: Any = {"type": "function_call", "call_id": "c1", **function}
        output = registry.dispatch(ResponseFunctionToolCall.model_validate(item))
        TypeAdapter(FunctionCallOutput).validate_python(output, strict=True)
    assert json.loads(message["content"]) == json.loads(output["output"]) == {"sum": 3}


def test_the_loop_of_the_page_runs_with_the_library(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its objects go back to the API with the messages of `dispatch`, as the page appends them."""
    openai = pytest.importorskip("openai", reason=NEEDS)
    ((program, _),) = programs_on(REPOSITORY / "docs" / "guides" / "language-models.md")
    create = """
    completions = OpenAI(base_url=base_url, api_key="-").chat.completions
    return completions.create(model="m", messages=messages, tools=tools).choices[0].message
"""
    program = re.sub(
        r"(?<=def complete\(messages, tools\):\n).*?\n(?=\n\n)", create, program, flags=re.S
    )

    def respond(request: Received) -> Reply:
        sent: list[Any] = request.json["messages"]
        last = sent[-1]
        if last["role"] == "user":
            (tool,) = request.json["tools"]
            function = {"name": tool["function"]["name"], "arguments": '{"expression": "19*23"}'}
            calls = [{"id": "call_1", "type": "function", "function": function}]
            message = {"role": "assistant", "content": None, "tool_calls": calls}
        else:
            assert sent[-2]["tool_calls"][0]["id"] == last["tool_call_id"] == "call_1"
            message = {"role": "assistant", "content": last["content"]}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        facts = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
        return json_reply({**facts, "choices": [choice]})

    server.plan(respond)
    with Sandbox() as box:
        program = program.replace("http://127.0.0.1:8002", box.tool_registry_url)
        exec(program, {"OpenAI": openai.OpenAI, "base_url": server.url})

    assert json.loads(capsys.readouterr().out)["value"] == 437
    assert len(server.requests) == 2


async def loop_of_agents(url: str) -> Any:
    from agents import Agent, FunctionTool, Runner

    from .agent_model import Caller

    async with AsyncToolRegistryClient(url) as registry:

        def as_function(each: ToolDefinition) -> FunctionTool:
            made = each.to_openai("responses")

            async def invoke(context: Any, arguments: str) -> Any:
                call = {"type": "function_call", "call_id": "-", "name": made["name"]}
                return (await registry.dispatch({**call, "arguments": arguments}))["output"]

            return FunctionTool(
                name=made["name"],
                description="",
                params_json_schema=made["parameters"],
                on_invoke_tool=invoke,
                strict_json_schema=made["strict"],
            )

        tools = [as_function(each) for each in (await registry.tools()).values()]
        result = await Runner.run(
            Agent("a", model=Caller(tools[0].name, '{"a": 20, "b": 22}'), tools=[*tools]),
            "20 and 22?",
        )
    return result.final_output


def test_the_agents_sdk_uses_the_tools(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("agents", reason=NEEDS)
    import asyncio

    monkeypatch.setenv("OPENAI_AGENTS_DISABLE_TRACING", "1")
    server.plan(Registry())
    assert json.loads(asyncio.run(loop_of_agents(server.url))) == {"sum": 42}
