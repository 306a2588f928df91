"""The check of a tool's arguments against its JSON Schema, with the extra `validate`.

A service sends the schema, which may be made to take for ever, or all of the memory. So everything
is counted before it is done, and given up when it becomes too much: each keyword that is applied,
each error, each step of a pattern.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from arp_sdk.errors import ArpConfigError

from .patterns import BacktrackingError, Pattern

# A unit is about 100 ns, and about four bytes of an error's message.
_MOST_UNITS = 20_000_000
_VALUE = 100
_KEYWORD = 50
_ERROR = 500
# Calls of Python that a keyword within a keyword takes.
_CALLS = 5

Keyword = Callable[[Any, Any, Any, Any], Any]


class _TooMuchError(Exception):
    """The check takes too many steps, or steps that nobody can count."""


class _Work:
    """The work of one check, as far as it has been done."""

    def __init__(self, *roots: Any) -> None:
        self._left = _MOST_UNITS
        self._sizes: dict[int, int] = {}
        self._patterns: dict[str, Pattern] = {}
        # Not as far as Python's own limit: at that, the library's extension in Rust panics.
        self._levels = (sys.getrecursionlimit() - _depth()) // _CALLS
        for root in roots:
            self._measure(root)

    def spend(self, units: int) -> None:
        """Count units of work that are about to be done."""
        self._left -= units
        if self._left < 0:
            raise _TooMuchError("it takes too many steps")

    def enter(self, units: int) -> None:
        """Count units of work, and one more level until `leave`."""
        self.spend(units)
        if self._levels <= 0:
            raise _TooMuchError("it is nested too deeply, or refers to itself")
        self._levels -= 1

    def leave(self) -> None:
        """Go back one level."""
        self._levels += 1

    def size(self, value: Any) -> int:
        """Return the size of a value with everything in it."""
        if isinstance(value, str):
            return 1 + len(value) // 4
        return self._sizes.get(id(value), 1)

    def matches(self, pattern: str, text: str) -> bool:
        """Return whether a pattern is found in a text."""
        known = self._patterns.get(pattern)
        if known is None:
            known = self._patterns[pattern] = Pattern(pattern, self.spend)
        return known.is_in(text)

    def _measure(self, root: Any) -> None:
        order = [root]
        for value in order:
            if not isinstance(value, (dict, list, tuple)) or id(value) in self._sizes:
                continue
            self._sizes[id(value)] = 1
            self.spend(_VALUE * (1 + len(value)))
            order += [*value, *value.values()] if isinstance(value, dict) else value
        for value in reversed(order):
            if isinstance(value, dict):
                parts = sum(map(self.size, value)) + sum(map(self.size, value.values()))
                self._sizes[id(value)] = 1 + parts
            elif isinstance(value, (list, tuple)):
                self._sizes[id(value)] = 1 + sum(map(self.size, value))


def _depth() -> int:
    """Return the number of calls that are being made."""
    depth, frame = 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    return depth


_work: ContextVar[Any] = ContextVar("work", default=None)


def violation(
    schema: dict[str, Any], value: Any, name: str = "input_schema"
) -> tuple[str, str] | None:
    """Return the most relevant violation of a schema and its JSON path, or None.

    Errors call the schema by `name`, the property of the tool that has it.

    Raises:
        ArpConfigError: If the library is not installed, the schema is not valid, or the check
            takes too long.
    """
    try:
        from jsonschema.exceptions import best_match
        from jsonschema.validators import validator_for
        from referencing.exceptions import Unresolvable
    except ImportError:
        raise ArpConfigError(
            'validate needs jsonschema: python3 -m pip install "arp-tool-registry[validate]"'
        ) from None
    hint: str | None = None
    before = _work.set(None)
    try:
        work = _Work(schema, value)
        _work.set(work)
        kind = _counted(validator_for(schema))
        wrong = next(kind(kind.META_SCHEMA).iter_errors(schema), None)
        if wrong is None:
            found = best_match(kind(schema, _resolver=_resolver(schema)).iter_errors(value))
            return None if found is None else (found.message, found.json_path)
        what = f"is not a valid JSON Schema: {wrong.message}"
    except (_TooMuchError, BacktrackingError) as error:
        what = f"cannot be checked here: {error}"
        hint = "Invoke the tool without validate: the service checks its arguments."
    except Unresolvable as error:
        what = f"is not a valid JSON Schema: it refers to {error.ref}, which it does not contain"
    except Exception as error:
        # The libraries expect a schema of good will, and raise whatever another one leads to.
        what = f"is not a valid JSON Schema: it cannot be used ({type(error).__name__}: {error})"
    finally:
        _work.reset(before)
    raise ArpConfigError(f"the tool's {name} {what}", hint=hint)


def _resolver(schema: dict[str, Any]) -> Any:
    """Return the resolver of a schema's references, which fetches no URL."""
    from referencing import Resource
    from referencing.jsonschema import DRAFT202012

    # It has no types.
    known: Any = importlib.import_module("jsonschema_specifications")
    resource = Resource.from_contents(schema, default_specification=DRAFT202012)
    url = resource.id() or ""
    # Read once and for all: else each reference to an anchor would do it again.
    return known.REGISTRY.with_resource(url, resource).crawl().resolver(url)


@lru_cache(maxsize=16)
def _counted(kind: Any) -> Any:
    """Return a class of validators that counts its work."""
    import attrs

    validators: Any = importlib.import_module("jsonschema.validators")
    keywords: dict[str, Keyword] = {**kind.VALIDATORS, **_KEYWORDS}
    extra = kind.VALIDATORS.get("additionalProperties")
    if extra is not None:
        keywords["additionalProperties"] = _additional_properties(extra)
    counted = validators.extend(
        kind, {name: _counting(name, keyword) for name, keyword in keywords.items()}
    )
    fields = [(field.alias, field.name) for field in attrs.fields(counted) if field.init]

    def evolve(self: Any, **changes: Any) -> Any:
        # The library's would leave this class where a part of the schema has a `$schema`.
        return counted(**{alias: getattr(self, name) for alias, name in fields} | changes)

    counted.evolve = evolve
    return counted


def _counting(name: str, keyword: Keyword) -> Keyword:
    is_deep = name in ("const", "dependencies", "dependentRequired", "enum")
    is_squared = name == "uniqueItems"
    is_reference = name.endswith("ef")  # $ref, $dynamicRef, $recursiveRef

    def count(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        work = _work.get()
        units = _KEYWORD
        if is_deep:
            units += work.size(value)
        elif isinstance(value, (dict, list)):
            units += len(value)
        if isinstance(instance, (dict, list)):
            units += len(instance)
            if is_squared and any(isinstance(item, (dict, list)) for item in instance):
                units += work.size(instance) * len(instance)
        if is_reference:
            units += 16 * len(value)
        work.enter(units)
        try:
            for error in keyword(validator, value, instance, schema) or ():
                work.spend(_ERROR + work.size(value) + work.size(instance))
                yield error
        finally:
            work.leave()

    return count


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if isinstance(instance, str) and not _work.get().matches(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: dict[str, Any], instance: Any, _schema: Any
) -> Iterator[Any]:
    if isinstance(instance, dict):
        for pattern, subschema in patterns.items():
            for name, value in instance.items():
                if _work.get().matches(pattern, name):
                    yield from validator.descend(value, subschema, path=name, schema_path=pattern)


def _additional_properties(keyword: Keyword) -> Keyword:
    def check(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        patterns = schema.get("patternProperties")
        if patterns and isinstance(instance, dict):
            matches = _work.get().matches
            schema = {"properties": schema.get("properties", {})}
            instance = {
                name: item
                for name, item in instance.items()
                if not any(matches(pattern, name) for pattern in patterns)
            }
        return keyword(validator, value, instance, schema)

    return check


def _refused(*_: Any) -> Any:
    raise _TooMuchError("it has unevaluatedItems or unevaluatedProperties")


_KEYWORDS: dict[str, Keyword] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    # They read the schema by themselves, again for each reference.
    "unevaluatedItems": _refused,
    "unevaluatedProperties": _refused,
}
