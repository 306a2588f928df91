"""The parameters of an operation."""

from __future__ import annotations

import re
from collections.abc import Container
from functools import partial
from typing import Literal, cast

from pipeline import ir, names
from pipeline.errors import ContractError
from pipeline.load.keywords import PARAMETER
from pipeline.load.references import Node

from .descriptions import field_doc
from .media import is_json
from .scalars import UPLOAD
from .schemas import Schemas

_STYLES = {"path": "simple", "query": "form", "header": "simple"}
_QUERY_STYLES = ("deepObject", "spaceDelimited", "pipeDelimited")
_LAST_EVENT_ID = ir.Parameter(
    argument="last_event_id",
    wire_name="Last-Event-ID",
    place="header",
    type=ir.Scalar("str"),
    required=False,
    explode=False,
    doc="Resume after the event with this id.",
)
# The client sets these headers; as parameters, they are to be ignored (OpenAPI 3.0.3, 4.7.12.1).
_SET_BY_CLIENT = frozenset({"accept", "content-type", "authorization"})


class ParameterReader:
    """Reads the parameters of operations."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def read(
        self, path: str, item: Node, operation: Node, name: str, stream: bool
    ) -> tuple[ir.Parameter, ...]:
        """Return the parameters of an operation: first those of the path, in its order."""
        declared: dict[tuple[str, str], Node] = {}
        for owner in (item, operation):
            for child in owner.elements("parameters"):
                node = child.follow()
                place, wire_name = node.text("in"), node.text("name")
                declared[place, wire_name] = node
        found: dict[str, ir.Parameter] = {}
        for node in declared.values():
            if _is_ignored(node):
                continue
            parameter = self._parameter(node, name, stream, found)
            found[parameter.argument] = parameter
        in_path = re.findall(r"\{([^{}]*)\}", path)
        of_path = {p.wire_name: p for p in found.values() if p.place == "path"}
        if sorted(in_path) != sorted(of_path) or re.search(r"[?#]", path):
            what = f"path parameters {sorted(of_path)} do not match the path {path}"
            raise ContractError(operation, what)
        others = tuple(p for p in found.values() if p.place != "path")
        return (*(of_path[wire_name] for wire_name in in_path), *others)

    def _parameter(
        self, node: Node, name: str, stream: bool, taken: Container[str]
    ) -> ir.Parameter:
        node.expect_only(PARAMETER)
        place, wire_name = node.text("in"), node.text("name")
        if place not in _STYLES:
            raise ContractError(node["in"], f"a required parameter in a {place} is not supported")
        style = "json" if "content" in node else node.text("style") or _STYLES[place]
        if style not in (_STYLES[place], "json", *(_QUERY_STYLES if place == "query" else ())):
            raise ContractError(node["style"], f"style `{style}` is not supported")
        if node.flag("allowReserved"):
            raise ContractError(node["allowReserved"], "allowReserved is not supported")
        resumes = place == "header" and wire_name.lower() == "last-event-id"
        derive = partial(names.argument_name, stream=stream and not resumes)
        argument = names.distinct(derive, taken, wire_name, f"{place} {wire_name}")
        required = node.flag("required")
        type_ = self._type(node, place, style, _shared_name(node) or name, wire_name)
        return ir.Parameter(
            argument=argument,
            wire_name=wire_name,
            place=cast("Literal['path', 'query', 'header']", place),
            type=type_,
            required=required,
            explode=node.flag("explode", place == "query" and style in ("form", "deepObject")),
            doc=_doc(node) or f"The {place} parameter `{wire_name}`.",
            style="form" if style == "simple" else style,
        )

    def _type(self, node: Node, place: str, style: str, name: str, wire_name: str) -> ir.Type:
        """Return the type of a parameter, which must have a form in a URL or a header."""
        if style == "json":
            ((kind, media),) = node["content"].items()
            if not is_json(kind):
                raise ContractError(media, f"a parameter of {kind} is not supported")
            schema = media["schema"]
        else:
            schema = node["schema"]
        shared = name == _shared_name(node)
        type_ = self._schemas.type_of(schema, name if shared else name + names.pascal(wire_name))
        # No URL or header can show null.
        type_ = type_.inner if isinstance(type_, ir.Nullable) else type_
        nested = "arrays and objects" if place == "query" else "arrays"
        if style == "deepObject":
            nested = "arrays and objects of objects"
        if style != "json" and not self._is_plain(type_, nested):
            raise ContractError(schema, f"a {place} parameter of this type is not supported")
        return type_

    def _is_plain(self, type_: ir.Type, nested: str) -> bool:
        """Return whether a value is text, or is made of text in a way that a URL can show."""
        definition = self._schemas.definition(type_)
        if type_ == UPLOAD:
            return False
        if isinstance(definition, ir.Alias):
            return self._is_plain(definition.type, nested)
        if isinstance(definition, ir.Model) or isinstance(type_, ir.MapOf):
            inner = nested if nested.endswith("of objects") else "values"
            members = ir.types_in(definition) if definition else [type_.value]  # type: ignore[union-attr]
            return "objects" in nested and all(self._is_plain(each, inner) for each in members)
        if isinstance(definition, ir.Choice):
            return all(self._is_plain(each, nested) for each in definition.variants)
        if isinstance(type_, ir.ListOf):
            inner = "values" if "objects" in nested else ""
            return "arrays" in nested and self._is_plain(type_.item, inner)
        if isinstance(type_, ir.Anything):
            # What is not text is JSON.
            return nested not in ("arrays", "")
        return all(self._is_plain(each, nested) for each in ir.parts(type_))


def resumable(parameters: tuple[ir.Parameter, ...]) -> tuple[ir.Parameter, ...]:
    """Add the header by which a client resumes `text/event-stream` (WHATWG HTML, 9.2.4)."""
    declared = any(p.wire_name.lower() == "last-event-id" for p in parameters)
    return parameters if declared else (*parameters, _LAST_EVENT_ID)


def _is_ignored(node: Node) -> bool:
    """Return whether a client leaves out a parameter: an optional cookie, or its own header."""
    if node.text("in") == "cookie":
        return not node.flag("required")
    return node.text("in") == "header" and node.text("name").lower() in _SET_BY_CLIENT


def _shared_name(node: Node) -> str:
    """Return the key of a parameter in `components`, which its model is named after."""
    parts = node.pointer.split("/")
    in_components = len(parts) == 4 and parts[1:3] == ["components", "parameters"]
    return names.pascal(parts[3]) if in_components else ""


def _doc(node: Node) -> str:
    schema = node.get("schema")
    described = dict(node.value)
    if schema is not None and isinstance(schema.value, dict):
        target = schema.follow().value
        if isinstance(target, dict) and "default" in target:
            described.setdefault("default", target["default"])
        described.setdefault("description", target.get("description", ""))
    described.pop("$ref", None)
    return field_doc(node.with_value(described))
