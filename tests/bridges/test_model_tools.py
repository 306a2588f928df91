"""Tools are given to models in forms that are valid whatever the contract allows."""

from __future__ import annotations

import contextlib
import copy
import itertools
import re
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arp_sdk.errors import ArpValidationError
from arp_sdk.models import ToolDefinition

from .schemas import NAMES, PERSON, SCHEMAS, TOOLS, TREE, tool

EACH = pytest.mark.parametrize("definition", TOOLS, ids=lambda each: each.name[:20])


def is_schema_of_objects(schema: dict[str, Any]) -> bool:
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema["type"] == "object" and all(
        isinstance(each, dict) for each in schema["properties"].values()
    )


@EACH
def test_a_tool_is_valid_for_openai(definition: ToolDefinition) -> None:
    before = copy.deepcopy(definition)
    chat, flat = definition.to_openai()["function"], definition.to_openai("responses")
    assert flat == {"type": "function", **chat}
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", chat["name"])
    assert is_schema_of_objects(chat["parameters"])
    assert not chat["parameters"].keys() & {"oneOf", "anyOf", "allOf", "not", "enum", "if", "$ref"}
    assert definition == before


@EACH
def test_a_tool_is_valid_for_mcp(definition: ToolDefinition) -> None:
    converted = definition.to_mcp()
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,128}", converted["name"])
    assert is_schema_of_objects(converted["inputSchema"])
    assert "outputSchema" not in converted or is_schema_of_objects(converted["outputSchema"])


def test_an_output_schema_that_others_cannot_compile_is_left_out() -> None:
    left_out = {
        each.name.removeprefix("schema.")
        for each in TOOLS
        if each.output_schema is not None and "outputSchema" not in each.to_mcp()
    }
    assert left_out == {"array", "types", "mutual", "nowhere", "elsewhere", "nonsense"}


@pytest.mark.parametrize("form", ["openai", "mcp"])
def test_different_names_stay_different(form: str) -> None:
    tools = [tool({}, name) for name in NAMES]
    mapped = [each.to_mcp()["name"] for each in tools]
    if form == "openai":
        mapped = [each.to_openai()["function"]["name"] for each in tools]
    # A tool that is called as another one's mapped name is.
    mapped += [tool({}, name).to_mcp()["name"] for name in mapped if "_x" in name]
    assert all(a != b for a, b in itertools.combinations(mapped, 2))


@pytest.mark.parametrize(
    ("schema", "exact", "reason"),
    [
        ("tree", True, None),
        ("closed", True, None),
        ("person", False, None),
        ("types", False, None),
        ("empty", False, "any properties"),
        ("one_of", False, "oneOf"),
        ("all_of", False, "allOf"),
        ("if", False, "it has if, then"),
        ("nowhere", False, "does not contain"),
        ("elsewhere", False, "reference"),
        ("formats", False, "format"),
        ("tuple", False, "prefixItems"),
        ("boolean_properties", False, "no type"),
        ("deep", False, "nested"),
    ],
)
def test_the_strict_mode_is_used_where_it_can_be(
    schema: str, exact: bool, reason: str | None
) -> None:
    definition = tool(SCHEMAS[schema])
    by_default = definition.to_openai()["function"]
    assert by_default["strict"] is exact
    assert definition.to_openai(strict=False)["function"]["strict"] is False
    if reason is None:
        strict = definition.to_openai("responses", strict=True)
        assert strict["strict"] is True
        assert not exact or strict["parameters"] == by_default["parameters"]
    else:
        with pytest.raises(ArpValidationError, match=reason):
            definition.to_openai(strict=True)


def test_an_optional_property_of_the_strict_mode_may_be_null() -> None:
    assert tool(PERSON).to_openai(strict=True)["function"]["parameters"] == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        },
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    node = tool(TREE).to_openai(strict=True)["function"]["parameters"]["$defs"]["node"]
    assert node["additionalProperties"] is False
    assert node["properties"]["children"]["items"] == {"$ref": "#/$defs/node"}


KEYWORDS = [
    "type", "properties", "required", "additionalProperties", "items", "prefixItems", "enum",
    "const", "anyOf", "allOf", "oneOf", "not", "if", "then", "$ref", "$defs", "definitions", "$id",
    "$schema", "pattern", "patternProperties", "format", "minimum", "minLength", "default",
    "description", "additionalItems", "dependentRequired", "dependentSchemas", "examples",
    "x-other", "dependencies", "$anchor", "$vocabulary", "$recursiveRef", "$recursiveAnchor",
    "exclusiveMinimum", "uniqueItems", "deprecated", "nullable", "$async",
]  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2)
    | st.sampled_from(["string", "object", "array", "null", "#", "#/$defs/a", "#/nowhere", "a", ""])
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYWORDS), inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
    ),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYWORDS), VALUES, max_size=6), st.text(max_size=80))
@example({"enum": [None], "additionalProperties": False}, "")
def test_any_tool_is_valid(schema: dict[str, Any], name: str) -> None:
    definition = tool(schema, name, output_schema=schema)
    before = copy.deepcopy(definition)
    test_a_tool_is_valid_for_openai(definition)
    test_a_tool_is_valid_for_mcp(definition)
    with contextlib.suppress(ArpValidationError):
        parameters = definition.to_openai(strict=True)["function"]["parameters"]
        assert is_schema_of_objects(parameters)
        assert parameters["required"] == list(parameters["properties"])
    assert definition == before
