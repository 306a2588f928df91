#!/usr/bin/env bash
# run_stream() of pydantic-ai ends at a text before a tool call, where run() gives the real answer.
#
# Versions: pydantic-ai-slim 2.68.0, Python 3.11.
# Guess: run_stream() is run() with streaming: for the same responses of the model, both end with the
#   same output.
# Why it is a good guess: the two methods have the same arguments, models often announce a tool call
#   with a sentence, and the tool is called by both.
# Actual behavior: the first text of a response is taken for the final result while its tool call is
#   still being streamed. The tool runs, with its effects, but the model never sees its result: the
#   output is "I will look it up.", and the history ends there. run_stream_events() is like run().
# Output seen (output, tool calls, requests to the model): run 'It is 21 degrees.' 1 2,
#   run_stream 'I will look it up.' 1 1, run_stream_events 'It is 21 degrees.' 1 2
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check pydantic-ai-slim==2.68.0
"$dir/venv/bin/python" -W ignore - <<'PY'
import asyncio

from pydantic_ai import Agent, AgentRunResultEvent
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import DeltaToolCall, FunctionModel

ANNOUNCEMENT, ANSWER = "I will look it up.", "It is 21 degrees."
tool_calls, requests = [], []


def temperature(city: str) -> int:
    """Measure the temperature."""
    tool_calls.append(city)
    return 21


def respond(messages, info):
    requests.append(messages)
    if len(requests) > 1:
        return ModelResponse(parts=[TextPart(ANSWER)])
    return ModelResponse(parts=[TextPart(ANNOUNCEMENT), ToolCallPart("temperature", {"city": "x"})])


async def stream(messages, info):
    requests.append(messages)
    if len(requests) > 1:
        yield ANSWER
    else:
        yield ANNOUNCEMENT
        yield {0: DeltaToolCall("temperature", '{"city": "x"}', tool_call_id="1")}


agent = Agent(FunctionModel(respond, stream_function=stream), tools=[temperature])


async def by_run():
    return (await agent.run("How warm is it?")).output


async def by_run_stream():
    async with agent.run_stream("How warm is it?") as result:
        return await result.get_output()


async def by_events():
    async with agent.run_stream_events("How warm is it?") as events:
        async for event in events:
            if isinstance(event, AgentRunResultEvent):
                return event.result.output


found = {}
for name, function in {
    "run": by_run,
    "run_stream": by_run_stream,
    "run_stream_events": by_events,
}.items():
    tool_calls.clear()
    requests.clear()
    output = asyncio.run(function())
    found[name] = (output, len(tool_calls), len(requests))
print(", ".join(f"{name} {output!r} {calls} {asked}" for name, (output, calls, asked) in found.items()))
assert found["run"] == found["run_stream_events"] == (ANSWER, 1, 2)
assert found["run_stream"] == (ANNOUNCEMENT, 1, 1)
PY
