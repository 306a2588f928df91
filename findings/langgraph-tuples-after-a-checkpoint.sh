#!/usr/bin/env bash
# A tuple in the state of LangGraph is a list after the graph was interrupted, even inside a dataclass.
#
# Versions: langgraph 1.2.24, langgraph-checkpoint 4.3.2, Python 3.11.
# Guess: a checkpoint gives back the values that it got, whatever their type; what it cannot keep, it
#   refuses.
# Why it is a good guess: the serializer keeps sets, enums, dates, decimals, named tuples and dataclasses
#   with their types, keeps a tuple as the key of a dict, and raises TypeError for a complex number.
# Actual behavior: a plain tuple comes back as a list, also as a field of a dataclass or a value of a
#   dict, and an exception as the text of its repr. Without an interrupt, nodes see the tuple: comparing
#   it, or using it as a key or set member, fails only in runs that paused.
# Output seen: without pause ('eu', 1) True; resumed ['eu', 1] False; in a dataclass ['eu', 1];
#   named tuple kept True; set kept True; exception "ValueError('x')"
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    langgraph==1.2.24 langgraph-checkpoint==4.3.2
"$dir/venv/bin/python" -W ignore - <<'PY' 2> "$dir/log" || { cat "$dir/log" >&2; exit 1; }
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt


@dataclass
class Item:
    key: tuple


class Place(NamedTuple):
    region: str
    number: int


class State(TypedDict):
    values: dict[str, Any]
    key: tuple


KEY = ("eu", 1)
seen = []


def look(pauses, state):
    if pauses:
        interrupt("continue?")
    seen.append(state)
    return {}


def run(pauses):
    graph = StateGraph(State)
    graph.add_node("look", lambda state: look(pauses, state))
    graph.add_edge(START, "look")
    graph.add_edge("look", END)
    compiled = graph.compile(checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}
    values = {
        "item": Item(KEY),
        "place": Place("eu", 1),
        "set": {1, 2},
        "error": ValueError("x"),
    }
    compiled.invoke({"key": KEY, "values": values}, config)
    if pauses:
        compiled.invoke(Command(resume="yes"), config)
    return seen.pop()


direct, resumed = run(pauses=False), run(pauses=True)
values = resumed["values"]
kept_place, kept_set = values["place"] == Place("eu", 1), values["set"] == {1, 2}
print(
    f"without pause {direct['key']} {direct['key'] == KEY}; "
    f"resumed {resumed['key']} {resumed['key'] == KEY}; in a dataclass {values['item'].key}; "
    f"named tuple kept {kept_place}; set kept {kept_set}; exception {values['error']!r}"
)
assert direct["key"] == KEY
assert resumed["key"] == ["eu", 1] == values["item"].key
assert kept_place and kept_set
assert type(values["place"]) is Place and type(values["item"]) is Item
assert values["error"] == "ValueError('x')"
PY
