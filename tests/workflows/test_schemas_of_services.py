"""A schema that a service sends is checked in a bounded number of steps, or refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arp_sdk.core._workflows.json_schema import violation
from arp_sdk.core._workflows.patterns import BacktrackingError, Pattern
from arp_sdk.errors import ArpConfigError

pytestmark = pytest.mark.threads_only("makes no client")

WORD = "aaab"
DRAFT_4 = "http://json-schema.org/draft-04/schema#"
HERE = "https://json-schema.org/draft/2020-12/schema"


def free(steps: int) -> None:
    pass


def branching(keyword: str, last: Any) -> dict[str, Any]:
    """Return a schema that leads to its last part in 2^17 ways: many, but they would end."""
    parts = {f"d{n}": {keyword: [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(17)}
    return {"$defs": {**parts, "d17": last}, "$ref": "#/$defs/d0"}


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(depth):
        schema = {"not": schema}
    return schema


TOO_MUCH: dict[str, Callable[[], tuple[Any, Any]]] = {
    "references that double": lambda: (branching("allOf", {}), {}),
    "alternatives that double": lambda: (branching("anyOf", {"type": "string"}), {}),
    "exclusive ones that double": lambda: (branching("oneOf", {"type": "string"}), {}),
    "nesting": lambda: (nested(300), {}),
    "a reference to itself": lambda: ({"$ref": "#"}, {}),
    "a dynamic reference to itself": lambda: (
        {"$dynamicAnchor": "x", "allOf": [{"$dynamicRef": "#x"}]},
        {},
    ),
    "many constants": lambda: ({"enum": [[n] for n in range(300_000)]}, {}),
    "constants that must differ": lambda: (
        {"$schema": DRAFT_4, "enum": [{"n": n} for n in range(3000)]},
        {},
    ),
    "items that must differ": lambda: (
        {"properties": {"a": {"uniqueItems": True}}},
        {"a": [{"n": n} for n in range(3000)]},
    ),
    "many errors about much": lambda: (
        {"properties": {"a": {"anyOf": [{"type": "null"}] * 300}}},
        {"a": "x" * 1_000_000},
    ),
    "a pattern of many states": lambda: (
        {"properties": {"a": {"pattern": "((a{99}){99}){99}"}}},
        {"a": ""},
    ),
    "a back-reference": lambda: ({"properties": {"a": {"pattern": r"(a)\1"}}}, {"a": ""}),
    "unevaluated properties": lambda: ({"unevaluatedProperties": False}, {}),
}


# These take seconds, and stop as others do that take a moment.
SLOW = {
    "references that double",
    "exclusive ones that double",
    "many constants",
    "a pattern of many states",
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(each, marks=[pytest.mark.full] * (each in SLOW)) for each in TOO_MUCH],
)
def test_what_takes_too_long_is_left_to_the_service(name: str) -> None:
    schema, value = TOO_MUCH[name]()
    with pytest.raises(ArpConfigError, match="cannot be checked here") as caught:
        violation(schema, value)
    assert caught.value.__notes__ == [
        "Invoke the tool without validate: the service checks its arguments."
    ]


# With a longer text, each of these would keep `re` busy for years.
@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"properties": {"a": {"pattern": "^(a+)+$"}}}, {"a": WORD}, "does not match"),
        ({"propertyNames": {"pattern": "^(a|a)*$"}}, {WORD: 1}, "does not match"),
        ({"patternProperties": {"^(a+)+$": False}}, {WORD: 1}, None),
        (
            {"patternProperties": {"^(a+)+$": {}}, "additionalProperties": False},
            {WORD: 1},
            "Additional properties are not allowed",
        ),
        (
            {
                "$defs": {"x": {"$schema": HERE, "pattern": "^(a+)+$"}},
                "properties": {"a": {"$ref": "#/$defs/x"}},
            },
            {"a": WORD},
            "does not match",
        ),
        ({"$schema": DRAFT_4, "properties": {"a": {"pattern": "(a*)*c"}}}, {"a": WORD}, "match"),
    ],
)
def test_no_pattern_is_searched_for_by_backtracking(
    monkeypatch: pytest.MonkeyPatch, schema: dict[str, Any], value: Any, message: str | None
) -> None:
    violation(schema, value)  # imports what it needs
    monkeypatch.delattr(re, "search")
    found = violation(schema, value)
    if message is None:
        assert found is None
    else:
        assert found is not None and message in found[0]


def test_a_large_value_of_an_ordinary_tool_is_checked() -> None:
    row = {
        "type": "object",
        "properties": {
            f"p{n}": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$"} for n in range(9)
        },
        "required": ["p1"],
        "additionalProperties": False,
    }
    schema = {"properties": {"rows": {"type": "array", "items": row}}}
    rows: list[dict[str, Any]] = [{f"p{n}": "abc-def" for n in range(9)} for _ in range(300)]
    assert violation(schema, {"rows": rows}) is None
    rows[-1]["p8"] = "ABC"
    assert violation(schema, {"rows": rows}) == (
        "'ABC' does not match '^[a-z]+(-[a-z]+)*$'",
        "$.rows[299].p8",
    )


@pytest.mark.parametrize(
    ("schema", "value"), [({"pattern": "("}, "b"), ({"patternProperties": {"(": {}}}, {"b": 1})]
)
def test_a_pattern_that_is_none_is_a_config_error(schema: dict[str, Any], value: Any) -> None:
    with pytest.raises(ArpConfigError, match="not a valid JSON Schema"):
        violation({"properties": {"a": schema}}, {"a": value})


CLASSES = [r"\d", r"\w", r"\s", r"\W", "[ab]", "[^a]", r"[a-c\d]", r"[^\w]", ".", r"\n", "é"]
PLACES = ["^", "$", r"\b", r"\B", r"\A", r"\Z", "(?=a)", "(?!b)", "(?<=a)", "(?<!bc)", "(?!)"]
ATOMS = st.sampled_from([*"abc-", *CLASSES, *PLACES])
QUANTIFIERS = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "*?", "+?", "{2,}", "{0}"])
PATTERNS = st.recursive(
    ATOMS,
    lambda part: st.one_of(
        st.tuples(part, part).map("".join),
        st.tuples(part, part).map("(?:{0[0]}|{0[1]})".format),
        st.tuples(part, QUANTIFIERS).map("(?:{0[0]}){0[1]}".format),
    ),
    max_leaves=6,
)


# Of an empty text, \B says something else before Python 3.14.
@given(PATTERNS, st.text("abc1_- \né", min_size=1, max_size=6))
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_pattern_means_what_it_means_to_re(pattern: str, text: str) -> None:
    assert Pattern(pattern, free).is_in(text) is bool(re.search(pattern, text))


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a|a)*$", "(a*)*c", "a*a*a*c", "(?=(a*)*c)a"])
def test_steps_grow_with_the_text_and_not_with_its_ways(pattern: str) -> None:
    def steps(length: int) -> int:
        spent: list[int] = []
        Pattern(pattern, spent.append).is_in("a" * length + "b")
        return sum(spent)

    # The last one looks ahead anew at each character.
    assert steps(200) < 4 * steps(100)


@pytest.mark.parametrize("pattern", ["(?i)a", "(?i:a)", r"(a)\1", "(a)?(?(1)b|c)"])
def test_what_takes_backtracking_or_flags_is_refused(pattern: str) -> None:
    with pytest.raises(BacktrackingError):
        Pattern(pattern, free)
