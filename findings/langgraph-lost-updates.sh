#!/usr/bin/env bash
# LangGraph drops what a node returns under an unknown key, and all but the last update of a generator.
#
# Versions: langgraph 1.2.24, Python 3.11.
# Guess: an update for a key that the state does not have is an InvalidUpdateError, as is the input of a
#   run; a node that yields two updates makes two updates, or is refused.
# Why it is a good guess: the graph knows all keys of its state when it is compiled, and raises
#   InvalidUpdateError for other wrong updates, such as a list or two writers of one key.
# Actual behavior: unknown keys are ignored in updates and in the input: after a typing error, the result
#   of a node is lost and the run succeeds. Of the updates that a generator yields, plain or
#   asynchronous, only the last one counts, although the reducer of the key appends.
# Output seen: known key ['in', 'node'], misspelt ['in'], misspelt input [], list InvalidUpdateError,
#   generator ['in', 'two'], async generator ['in', 'two']
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check langgraph==1.2.24
"$dir/venv/bin/python" -W ignore - <<'PY'
import asyncio
import operator
from typing import Annotated, TypedDict

from langgraph.errors import InvalidUpdateError
from langgraph.graph import END, START, StateGraph


class State(TypedDict):
    messages: Annotated[list, operator.add]


def run(node, given=None):
    graph = StateGraph(State)
    graph.add_node("node", node)
    graph.add_edge(START, "node")
    graph.add_edge("node", END)
    try:
        state = asyncio.run(graph.compile().ainvoke(given or {"messages": ["in"]}))
    except InvalidUpdateError as error:
        return type(error).__name__
    return state["messages"]


def generator(state):
    yield {"messages": ["one"]}
    yield {"messages": ["two"]}


async def async_generator(state):
    yield {"messages": ["one"]}
    yield {"messages": ["two"]}


found = {
    "known key": run(lambda state: {"messages": ["node"]}),
    "misspelt": run(lambda state: {"mesages": ["node"]}),
    "misspelt input": run(lambda state: {"messages": []}, {"messages": [], "mesages": ["in"]}),
    "list": run(lambda state: [{"messages": ["node"]}]),
    "generator": run(generator),
    "async generator": run(async_generator),
}
print(", ".join(f"{name} {value}" for name, value in found.items()))
assert list(found.values()) == [
    ["in", "node"], ["in"], [], "InvalidUpdateError", ["in", "two"], ["in", "two"],
]
PY
