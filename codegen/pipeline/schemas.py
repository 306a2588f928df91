"""Stage 4: schemas -> models, enumerations and aliases."""

from __future__ import annotations

import json
import re
from typing import Any

from . import ir, names
from .keywords import SCHEMA, expect_keys
from .merge import merge_all_of, wrapped_schema
from .placement import Placement
from .problem import ContractError
from .resolve import Node

_FORMATS = {
    "date-time": ir.Scalar("AwareDatetime"),
    "date": ir.Scalar("datetime.date"),
    "time": ir.Scalar("datetime.time"),
    "duration": ir.Scalar("datetime.timedelta"),
    "byte": ir.Scalar("bytes"),
}
# A URI has a scheme (RFC 3986, 3): what lacks one, such as `localhost:8000/x y`, is refused.
_URI_PATTERN = r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$"
_LIMITS = {
    "minimum": "ge",
    "maximum": "le",
    "multipleOf": "multiple_of",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "minProperties": "min_length",
    "maxProperties": "max_length",
    "pattern": "pattern",
}
_SCALARS = {"integer": "int", "number": "float", "boolean": "bool", "string": "str"}


class Schemas:
    """Turns schemas into types, and collects the definitions that the types name."""

    def __init__(self, placement: Placement) -> None:
        self._placement = placement

    def type_of(self, node: Node, name: str) -> ir.Type:
        """The type for a schema.

        Args:
            node: The schema.
            name: What to call it if it needs a definition and has no name of its own.
        """
        if node.value is True or node.value == {}:
            return ir.Anything()
        if not isinstance(node.value, dict):
            raise ContractError(node, "matches nothing")
        if node.is_bare_reference:
            inner = self._named_type(node.follow(), name)
            return ir.Nullable(inner) if node.value.get("nullable") is True else inner
        return self._named_type(node, name)

    def _named_type(self, node: Node, name: str) -> ir.Type:
        expect_keys(node, SCHEMA)
        own = self._own_name(node)
        plain, nullable = _without_null(node)
        wrapped = wrapped_schema(plain)
        if wrapped is not None and not own:
            type_: ir.Type = self.type_of(wrapped, name)
        elif own or _needs_definition(plain):
            type_ = self._define(node, plain, own or name)
        else:
            type_ = self._inline_type(plain, name)
        return ir.Nullable(type_) if nullable and not isinstance(type_, ir.Nullable) else type_

    def _own_name(self, node: Node) -> str:
        """The name that the contract gives the schema: its title, file or component key."""
        title = node.text("title")
        if title and re.fullmatch(r"[A-Za-z][A-Za-z0-9_ -]*", title) and len(title) <= 60:
            return names.class_name(title)
        if node.pointer == "":
            return names.class_name(node.path.name.partition(".schema.")[0])
        parts = node.pointer.split("/")
        if len(parts) == 4 and parts[1:3] == ["components", "schemas"]:
            return names.class_name(parts[3])
        if len(parts) >= 3 and parts[-2] in ("$defs", "definitions"):
            return names.class_name(parts[-1])
        return ""

    def _define(self, identity: Node, node: Node, name: str) -> ir.Named:
        known = self._placement.lookup(identity)
        if known is not None:
            return known
        named = self._placement.reserve(identity, name)
        self._placement.define(identity, self._definition(node, named.name))
        return named

    def _definition(self, node: Node, name: str) -> ir.Definition:
        doc = node.text("description")
        if "enum" in node:
            return ir.Enumeration(name, doc, _members(node))
        if "allOf" in node:
            return self._combined(node, name, doc)
        if (_is_object(node) and node.value.get("properties")) or _is_empty_object(node):
            return self._model(node, name, doc)
        if "oneOf" in node or ("anyOf" in node and not _required_groups(node)):
            return self._union(node, name, doc)
        return ir.Alias(name, doc, self._inline_type(node, name))

    def _combined(self, node: Node, name: str, doc: str) -> ir.Definition:
        wrapped = wrapped_schema(node)
        if wrapped is not None:
            return ir.Alias(name, doc, self.type_of(wrapped, name))
        for part in node["allOf"].elements():
            # Defined first, so that what stands inline in it is named after it.
            if part.is_bare_reference:
                self.type_of(part, name)
        return self._model(merge_all_of(node), name, doc)

    def _model(self, node: Node, name: str, doc: str) -> ir.Model:
        self._check_object(node)
        required = set(node.value.get("required", ()))
        properties = node.get("properties")
        fields: list[ir.Field] = []
        for wire_name, child in properties.items() if properties else ():
            python = names.field_name(wire_name)
            if not python.isidentifier() or any(python == field.name for field in fields):
                raise ContractError(child, f"`{wire_name}` makes no Python name of its own")
            fields.append(
                ir.Field(
                    name=python,
                    wire_name=wire_name,
                    type=self.type_of(child, name + names.pascal(wire_name)),
                    required=wire_name in required,
                    doc=_field_doc(child),
                )
            )
        unknown = required - {field.wire_name for field in fields}
        if unknown:
            raise ContractError(
                node, f"requires undeclared properties: {', '.join(sorted(unknown))}"
            )
        by_wire = {field.wire_name: field.name for field in fields}
        groups = tuple(
            tuple(by_wire[wire_name] for wire_name in group) for group in _required_groups(node)
        )
        return ir.Model(name, doc, tuple(fields), groups)

    def _check_object(self, node: Node) -> None:
        for key in ("oneOf", "minProperties", "maxProperties"):
            if key in node:
                raise ContractError(node[key], f"`{key}` beside `properties` is not supported")
        if "anyOf" in node and not _required_groups(node):
            raise ContractError(
                node["anyOf"], "beside `properties`, only sets of required properties"
            )
        extra = node.get("additionalProperties")
        if extra is not None and isinstance(extra.value, dict) and extra.value:
            raise ContractError(
                extra, "typed extra properties beside `properties` are not supported"
            )
        if "patternProperties" in node:
            raise ContractError(
                node["patternProperties"],
                "pattern properties beside `properties` are not supported",
            )

    def _union(self, node: Node, name: str, doc: str) -> ir.Definition:
        variants_node = node["oneOf"] if "oneOf" in node else node["anyOf"]
        nodes = [child for child in variants_node.elements() if child.value != {"type": "null"}]
        variants = tuple(
            self.type_of(child, f"{name}Option{index}") for index, child in enumerate(nodes, 1)
        )
        if len(variants) == 1:
            return ir.Alias(name, doc, variants[0])
        if "discriminator" in node:
            return self._discriminated(node, name, doc, nodes, variants)
        if self._msgspec_can_choose(variants):
            return ir.Alias(name, doc, ir.UnionOf(variants))
        return ir.Choice(name, doc, variants)

    def _discriminated(
        self, node: Node, name: str, doc: str, nodes: list[Node], variants: tuple[ir.Type, ...]
    ) -> ir.Choice:
        discriminator = node["discriminator"]
        explicit = discriminator.value.get("mapping", {})
        mapping: dict[str, ir.Type] = {}
        for tag, target in explicit.items():
            mapping[tag] = self._mapped(discriminator, target, name)
        for child, variant in zip(nodes, variants, strict=True):
            if not child.is_bare_reference:
                raise ContractError(child, "a variant under a discriminator must be a `$ref`")
            if variant not in mapping.values():
                key = child.value["$ref"].rpartition("/")[2].partition(".schema.")[0]
                mapping[key] = variant
        property_ = discriminator.text("propertyName")
        return ir.Choice(name, doc, variants, property_, tuple(mapping.items()))

    def _mapped(self, discriminator: Node, target: str, name: str) -> ir.Type:
        reference = target if "/" in target or "." in target else f"#/components/schemas/{target}"
        node = Node(
            discriminator.root, discriminator.uri, discriminator.pointer, {"$ref": reference}
        )
        return self.type_of(node, name)

    def _inline_type(self, node: Node, name: str) -> ir.Type:
        if "const" in node:
            return _constant(node)
        if "oneOf" in node or "anyOf" in node:
            return self._inline_union(node, name)
        kinds = node.value.get("type")
        if isinstance(kinds, list):
            members = tuple(self._of_kind(node, kind, name) for kind in kinds)
            return members[0] if len(members) == 1 else ir.UnionOf(members)
        if kinds is None:
            kinds = _implied_kind(node)
        return self._of_kind(node, kinds, name) if kinds else ir.Anything()

    def _inline_union(self, node: Node, name: str) -> ir.Type:
        definition = self._union(node, name, node.text("description"))
        if isinstance(definition, ir.Alias):
            return definition.type
        named = self._placement.reserve(node, name)
        self._placement.define(node, definition)
        return named

    def _of_kind(self, node: Node, kind: str, name: str) -> ir.Type:
        if kind == "array":
            items = node.get("items")
            item: ir.Type = self.type_of(items, f"{name}Item") if items else ir.Anything()
            return _limited(node, ir.ListOf(item), ("minItems", "maxItems"))
        if kind == "object":
            return self._map(node, name)
        if kind == "string":
            return _string(node)
        if kind in ("integer", "number"):
            limits = ("minimum", "maximum", "multipleOf")
            return _limited(node, ir.Scalar(_SCALARS[kind]), limits)
        if kind == "boolean":
            return ir.Scalar("bool")
        raise ContractError(node, f"type `{kind}` is not supported")

    def _map(self, node: Node, name: str) -> ir.Type:
        extra = node.get("additionalProperties")
        patterns = node.get("patternProperties")
        if patterns is not None:
            return self._pattern_map(node, patterns, extra, name)
        if extra is None or not isinstance(extra.value, dict):
            value: ir.Type = ir.Anything()
        else:
            value = self.type_of(extra, f"{name}Value")
        return _limited(node, ir.MapOf(value), ("minProperties", "maxProperties"))

    def _pattern_map(self, node: Node, patterns: Node, extra: Node | None, name: str) -> ir.Type:
        if len(patterns.value) != 1:
            raise ContractError(patterns, "more than one pattern is not supported")
        if extra is None or extra.value is not False:
            raise ContractError(patterns, "needs `additionalProperties: false` beside it")
        ((pattern, child),) = patterns.items()
        _check_pattern(child, pattern)
        key = ir.Limited(ir.Scalar("str"), (("pattern", _literal(pattern)),))
        value = self.type_of(child, f"{name}Value")
        return _limited(node, ir.MapOf(value, key), ("minProperties", "maxProperties"))

    def _msgspec_can_choose(self, variants: tuple[ir.Type, ...]) -> bool:
        """Whether msgspec tells the variants apart by the kind of JSON value alone."""
        kinds = [self._kind(variant) for variant in variants]
        return len(set(kinds)) == len(kinds) and "?" not in kinds

    def _kind(self, type_: ir.Type) -> str:
        if isinstance(type_, (ir.Limited, ir.Nullable)):
            return self._kind(type_.inner)
        if isinstance(type_, ir.Scalar):
            return type_.python if type_.python in ("int", "float", "bool") else "string"
        if isinstance(type_, ir.ListOf):
            return "array"
        if isinstance(type_, ir.MapOf):
            return "object"
        if isinstance(type_, ir.Named):
            definition = self._placement.definition(type_)
            if isinstance(definition, ir.Enumeration):
                return "string"
            if isinstance(definition, ir.Alias):
                return self._kind(definition.type)
            # A model that is still being defined is an object too.
            return "object" if not isinstance(definition, ir.Choice) else "?"
        return "?"


def _without_null(node: Node) -> tuple[Node, bool]:
    """The schema without its null (3.0: `nullable`; 3.1: a type or a variant `null`)."""
    value = dict(node.value)
    nullable = value.pop("nullable", False) is True
    kinds = value.get("type")
    if isinstance(kinds, list) and "null" in kinds:
        nullable = True
        rest = [kind for kind in kinds if kind != "null"]
        value["type"] = rest[0] if len(rest) == 1 else rest
    for key in ("oneOf", "anyOf"):
        nullable = nullable or {"type": "null"} in value.get(key, ())
    if nullable and None in value.get("enum", ()):
        value["enum"] = [item for item in value["enum"] if item is not None]
    return Node(node.root, node.uri, node.pointer, value), nullable


def _needs_definition(node: Node) -> bool:
    if "enum" in node or "allOf" in node:
        return True
    return _is_object(node) and bool(node.value.get("properties"))


def _is_object(node: Node) -> bool:
    return node.value.get("type") == "object" or ("type" not in node and "properties" in node)


def _is_empty_object(node: Node) -> bool:
    """An object that may have no property at all, such as the answer `{}`."""
    return (
        _is_object(node)
        and not node.value.get("properties")
        and node.value.get("additionalProperties") is False
        and "patternProperties" not in node
    )


def _required_groups(node: Node) -> list[list[str]]:
    """The groups of `anyOf: [{required: [a]}, {required: [b]}]`, or nothing."""
    variants = node.value.get("anyOf", ())
    if variants and all(isinstance(v, dict) and set(v) == {"required"} for v in variants):
        return [list(variant["required"]) for variant in variants]
    return []


def _implied_kind(node: Node) -> str:
    """The kind of value that a schema without `type` speaks about, or nothing."""
    for kind, keys in (
        ("object", ("properties", "additionalProperties", "patternProperties")),
        ("array", ("items", "minItems", "maxItems")),
        ("string", ("pattern", "minLength", "maxLength", "format")),
        ("number", ("minimum", "maximum", "multipleOf")),
    ):
        if any(key in node for key in keys):
            return kind
    return ""


def _members(node: Node) -> tuple[ir.Member, ...]:
    docs = node.value.get("x-enum-descriptions", {})
    members: list[ir.Member] = []
    for value in node.value["enum"]:
        if not isinstance(value, str):
            raise ContractError(node["enum"], "only enumerations of strings are supported")
        name = names.constant(value)
        if not name.isidentifier() or any(name == member.name for member in members):
            raise ContractError(node["enum"], f"`{value}` makes no Python name of its own")
        members.append(ir.Member(name, value, docs.get(value, "")))
    return tuple(members)


def _constant(node: Node) -> ir.Type:
    value = node.value["const"]
    if not isinstance(value, str):
        raise ContractError(node["const"], "only constant strings are supported")
    return ir.Limited(ir.Scalar("str"), (("pattern", _literal(f"^{re.escape(value)}$")),))


def _string(node: Node) -> ir.Type:
    format_ = node.text("format")
    if format_ == "binary":
        raise ContractError(node["format"], "binary bodies are not supported")
    scalar = _FORMATS.get(format_)
    if scalar is not None:
        if any(key in node for key in ("pattern", "minLength", "maxLength")):
            raise ContractError(node, f"constraints on a `{format_}` are not supported")
        return scalar
    if "pattern" in node:
        _check_pattern(node["pattern"], node.value["pattern"])
    type_ = _limited(node, ir.Scalar("str"), ("minLength", "maxLength", "pattern"))
    if format_ == "uri" and "pattern" not in node:
        return _also(type_, "pattern", _literal(_URI_PATTERN))
    return type_


def _also(type_: ir.Type, limit: str, value: str) -> ir.Type:
    if isinstance(type_, ir.Limited):
        return ir.Limited(type_.inner, (*type_.limits, (limit, value)))
    return ir.Limited(type_, ((limit, value),))


def _limited(node: Node, type_: ir.Type, keys: tuple[str, ...]) -> ir.Type:
    limits: dict[str, str] = {}
    for key in keys:
        if key in node:
            limits[_LIMITS[key]] = _literal(node.value[key])
    for key, strict in (("exclusiveMinimum", "gt"), ("exclusiveMaximum", "lt")):
        bound = node.value.get(key) if "minimum" in keys else None
        inclusive = "ge" if strict == "gt" else "le"
        if bound is True and inclusive in limits:
            limits[strict] = limits.pop(inclusive)
        elif bound is not None and not isinstance(bound, bool):
            limits[strict] = _literal(bound)
    return ir.Limited(type_, tuple(limits.items())) if limits else type_


def _check_pattern(node: Node, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ContractError(node, f"the pattern is none in Python ({error})") from error


def _literal(value: Any) -> str:
    if isinstance(value, str):
        raw = f'r"{value}"'
        return raw if '"' not in value and not value.endswith("\\") else repr(value)
    return repr(value)


def _field_doc(node: Node) -> str:
    """The description beside the reference, else what it refers to, and the default."""
    target = node.follow() if isinstance(node.value, dict) else node
    doc = node.text("description") or (target.text("description") if target != node else "")
    if target.value and isinstance(target.value, dict) and "default" in target.value:
        default = json.dumps(target.value["default"])
        if default not in doc:
            doc = f"{doc} The service's default is `{default}`.".strip()
    return doc
