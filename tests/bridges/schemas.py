"""Tools as the contract allows them, however odd."""

from __future__ import annotations

from typing import Any

from arp_sdk.models import ToolDefinition, ToolSource

PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "default": 3}},
    "required": ["name"],
    "additionalProperties": False,
}
TREE: dict[str, Any] = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "value": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            },
            "required": ["value", "children"],
        }
    },
}
DEEP: dict[str, Any] = {}
for _ in range(150):
    DEEP = {"type": "object", "properties": {"inner": DEEP}, "required": ["inner"]}

SCHEMAS: dict[str, dict[str, Any]] = {
    "empty": {},
    "person": PERSON,
    "tree": TREE,
    "closed": {"type": "object", "properties": {}, "additionalProperties": False},
    "without_type": {"properties": {"a": {"type": "string"}}},
    "types": {"type": ["object", "null"], "properties": {"a": {"type": ["string", "null"]}}},
    "array": {"type": "array", "items": {"type": "string"}},
    "boolean_properties": {"properties": {"yes": True, "no": False}, "required": ["yes"]},
    "one_of": {"oneOf": [PERSON, {"properties": {"id": {"type": "string"}}, "required": ["id"]}]},
    "all_of": {"allOf": [PERSON, True, {"$ref": "#/$defs/x"}], "$defs": {"x": PERSON}},
    "if": {"if": {"required": ["a"]}, "then": {"required": ["b"]}},
    "enum": {"enum": [{"a": 1}, {"a": 2}]},
    "cycle": {"$ref": "#"},
    "mutual": {
        "type": "object",
        "allOf": [{"$ref": "#/$defs/a"}],
        "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
    },
    "unevaluated": {"type": "object", "properties": {"a": {}}, "unevaluatedProperties": False},
    "nowhere": {"properties": {"a": {"$ref": "#/$defs/nowhere"}}},
    "elsewhere": {"properties": {"a": {"$ref": "https://example.com/schema.json"}}},
    "nonsense": {"type": "nonsense", "properties": 5, "required": "x", "enum": [], "items": 3},
    "nonsense_inside": {"properties": {"a": {"type": "date", "minimum": "1", "allOf": []}, "b": 1}},
    "pattern": {"properties": {"a": {"type": "string", "pattern": "(?P<year>[0-9]{4})"}}},
    "pattern_properties": {"patternProperties": {"^(?P<a>x)": {}}, "additionalProperties": False},
    "formats": {"properties": {"a": {"type": "string", "format": "uri-of-mine"}}},
    "old": {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "id": "x",
        "type": "object",
        "minimum": 1,
        "exclusiveMinimum": True,
    },
    "tuple": {"properties": {"a": {"type": "array", "items": [{"type": "string"}, {}]}}},
    "deep": DEEP,
    "null_character": {"properties": {"\0": {"type": "string"}}},
}
NAMES = ["calc", "a.b", "a b", "a_b", "a/b", "", "数える", "x" * 64, "x" * 65, "x" * 128, "x" * 129,
         "x" * 130, "a_x0123456789abcdef", "-", "tool"]  # fmt: skip


def tool(schema: dict[str, Any], name: str = "calc", **more: Any) -> ToolDefinition:
    return ToolDefinition(
        tool_id=f"id of {name}",
        name=name,
        input_schema=schema,
        source=ToolSource.REGISTRY_LOCAL,
        **more,
    )


TOOLS = [
    *(tool(each, f"schema.{key}", output_schema=each) for key, each in SCHEMAS.items()),
    *(tool(PERSON, name, description="A tool.") for name in NAMES),
]
