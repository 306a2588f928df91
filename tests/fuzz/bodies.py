"""Strategies for response bodies: valid, mutated, and not JSON at all."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

_RAW_VALUES = (
    "null", "true", "false", "0", "-0", "-1", "1.0", "1e2", "1e999", "-1e999", "1e-999", "0.1",
    "9007199254740993", "18446744073709551615", "18446744073709551616", "-9223372036854775809",
    "1" + "0" * 40, "1" + "0" * 400, "1" + "0" * 5000, "NaN", "Infinity", "01", "+1", ".5", "0x1",
    '""', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\u0000"', '"\t"', '"\\x"', "'a'",
    '"' + "é" * 500 + '"', '"2024-01-01T00:00:00Z"', '"2024-01-01T00:00:00"',
    '"2024-01-01 00:00:00+23:59"', '"9999-12-31T23:59:59.9999999Z"', '"0000-00-00T00:00:00Z"',
    '"2016-12-31T23:59:60Z"', '"0001-01-01T00:00:00+14:00"', "[]", "{}", "[null]", '[[["x"]]]',
    '{"a":1,"a":2}', '{"":{}}', '{"\\ud800":1}', '{"retryable":true}', "[1,]", "undefined",
    "[" * 50 + "]" * 50, '{"a":' * 50 + "1" + "}" * 50, '{"a":' * 5000 + "1" + "}" * 5000,
    "[" * 100_000,
)  # fmt: skip
_WHOLE_BODIES = (
    b"", b" ", b"\n", b"\0", b"null", b"{}", b"[]", b'""', b'"text"', b"0", b"true", b"{", b"}",
    b"\xef\xbb\xbf", b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0", b"\xfe\xff\0{\0}", b"\x1f\x8b\x08\0",
    b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title><style>a{}</style></head></html>",
    b"<html>" + b"<" * 3000, b"<script" * 700, b"<!--" * 1000, b"\xe9t\xe9", b"\x80" * 64,
    b"{}{}", b"{}\n{}", b'{"error":null}', b'{"error":"text"}', b'{"error":[]}', b'{"error":{}}',
    b'{"error":{"code":1,"message":2,"retryable":3,"cause":4,"details":5}}',
    b'{"error":{"code":"","message":""}}',
    b'{"error":{"code":"c","message":"m","retryable":true,"details":{"k":[1]},'
    b'"cause":{"code":"d","message":"n"}}}',
    b'{"error":{"code":"c","message":"' + "\u2028\u202e\0".encode() + b'"}}',
    b'{"error":{"code":"c","message":"m","details":' + b"[" * 100 + b"]" * 100 + b"}}",
    b'{"detail":"Not Found"}', b'{"detail":[{"loc":["body",0],"msg":"m","type":"t"}]}',
    b'{"detail":[{"loc":"x","msg":"m"},{"msg":1},null,[[]]]}', b'{"detail":{"a":{"b":[]}}}',
    b'{"detail":[' + b"1" * 60 + b"]}", b'{"title":"t","status":500}', b'{"message":"m"}',
    b'{"message":1' + b"0" * 50 + b"}", b"[" + b"1," * 20_000 + b"1]", b"1" + b"0" * 300,
)  # fmt: skip

_texts = st.text(st.characters(codec="utf-8"), max_size=12)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)
_raw_values = st.sampled_from(_RAW_VALUES) | _json.map(json.dumps)
_Path = tuple[str | int, ...]


def mutated_json(valid: bytes) -> st.SearchStrategy[bytes]:
    """Replace, remove, repeat or rename some values of the JSON text."""
    document = json.loads(valid)
    change = st.tuples(
        st.sampled_from(_paths(document)),
        st.sampled_from(("replace", "remove", "add", "repeat")),
        _raw_values,
        st.sampled_from(("x", "", "retryable", "error", "type", "$")) | _texts,
    )
    return st.lists(change, min_size=1, max_size=3).map(lambda changes: _changed(document, changes))


def mutated_bytes(valid: bytes) -> st.SearchStrategy[bytes]:
    """Replace, remove or insert some bytes."""
    size = len(valid)
    edit = st.tuples(
        st.integers(0, size), st.integers(0, 8), st.binary(max_size=8) | st.sampled_from(_INSERTS)
    )
    edited = st.lists(edit, min_size=1, max_size=4).map(lambda edits: _edited(valid, edits))
    cut = st.integers(0, size).map(lambda end: valid[:end])
    return edited | cut


def bodies(valid: bytes) -> st.SearchStrategy[bytes]:
    """Make a body to send instead of a valid one."""
    mutated = mutated_bytes(valid)
    if valid[:1] in (b"{", b"["):
        structured = mutated_json(valid)
        mutated = structured | structured | mutated
    recoded = st.sampled_from(("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-7")).map(
        lambda codec: valid.decode().encode(codec)
    )
    other = st.sampled_from(_WHOLE_BODIES) | st.binary(max_size=200) | recoded
    return st.just(valid) | mutated | mutated | other


_INSERTS = (
    b"\0",
    b"\n",
    b"\r\n",
    b"\n\n",
    b"\xff",
    b"\xed\xa0\x80",
    b'"',
    b"{",
    b"[",
    b"\\u",
    b":",
)


def _paths(value: Any, path: _Path = ()) -> list[_Path]:
    if isinstance(value, dict):
        inner = [found for key in value for found in _paths(value[key], (*path, key))]
    elif isinstance(value, list):
        inner = [found for i, item in enumerate(value) for found in _paths(item, (*path, i))]
    else:
        inner = []
    return [path, *inner]


def _changed(document: Any, changes: Sequence[tuple[_Path, str, str, str]]) -> bytes:
    root = {"root": copy.deepcopy(document)}
    raws = {}
    for number, (path, how, raw, name) in enumerate(changes):
        mark = f"@@{number}@@"
        raws[f'"{mark}"'] = raw
        parent, key = _parent(root, ("root", *path))
        if parent is not None:
            _change(parent, key, how, mark, name)
    text = json.dumps(root.get("root"), ensure_ascii=False)
    for mark, raw in raws.items():
        text = text.replace(mark, raw)
    return text.encode("utf-8", "surrogatepass")


def _parent(root: Any, path: _Path) -> tuple[Any, Any]:
    value = root
    for step in path[:-1]:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None, None
    fits = isinstance(value, dict) or (isinstance(value, list) and isinstance(path[-1], int))
    return (value, path[-1]) if fits else (None, None)


def _change(parent: Any, key: Any, how: str, mark: str, name: str) -> None:
    present = key in parent if isinstance(parent, dict) else key < len(parent)
    if not present:
        return
    if how == "remove":
        del parent[key]
    elif how == "add" and isinstance(parent[key], dict):
        parent[key][name] = mark
    elif how == "add" and isinstance(parent[key], list):
        parent[key].append(mark)
    elif how == "repeat" and isinstance(parent, list):
        parent.extend([parent[key]] * 50)
    else:
        parent[key] = mark


def _edited(valid: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for start, removed, inserted in edits:
        valid = valid[:start] + inserted + valid[start + removed :]
    return valid
