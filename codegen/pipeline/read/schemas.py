"""Schemas -> models, enumerations and aliases."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from pipeline import ir, names
from pipeline.errors import ContractError, Omissions
from pipeline.load.keywords import (
    FORMATS,
    MEDIA,
    OBJECT,
    TYPED,
    UNION,
)
from pipeline.load.references import Node
from pipeline.load.validation import validate_schema

from . import scalars
from .all_of import distributed, is_empty_all_of, merge_all_of, merge_scalars, wrapped_schema
from .definitions import Definitions
from .descriptions import documented, field_doc
from .schema_kinds import (
    excluded_groups,
    has_properties,
    is_empty,
    is_null,
    is_union,
    kind_of,
    required_groups,
    without_null,
)
from .unions import Unions


class Schemas:
    """Turns schemas into types, and collects the definitions that the types name."""

    def __init__(self, definitions: Definitions, omissions: Omissions) -> None:
        self._definitions = definitions
        self._omissions = omissions
        self._unions = Unions(definitions)
        self._uploads = False
        self._failed: dict[Node, ContractError] = {}

    def check(self) -> None:
        """Run the checks that need complete definitions."""
        self._unions.check()

    @property
    def is_partial(self) -> bool:
        """True if parts of the contract may be left out."""
        return self._omissions.allowed

    @contextmanager
    def attempt(self, what: str = "") -> Iterator[None]:
        """Define what a block needs: all of it, or nothing if it has an unsupported part.

        Args:
            what: Name of the operation that would be left out, if it is one.

        Raises:
            ContractError: If nothing may be left out.
        """
        with self._omissions.of(what), self._definitions.all_or_none():
            try:
                yield
                self.check()
            finally:
                self._unions.forget()

    def type_of(self, node: Node, name: str) -> ir.Type:
        """Return the type for a schema; `name` is for a definition without a name of its own."""
        *references, schema = node.chain()
        if schema.value is False:
            raise ContractError(schema, "matches nothing")
        if schema.value is True:
            return ir.Anything()
        if not isinstance(schema.value, dict):
            raise ContractError(node, "is not a schema")
        if not node.library.is_checked(schema.uri):
            validate_schema(schema)
        for piece in (*references, schema):
            if "$id" in piece and (piece.pointer or not piece.in_schemas):
                raise ContractError(piece["$id"], "`$id` inside a file is not supported")
        type_ = self._type_of(schema, name)
        return _nullable(type_) if any(r.flag("nullable") for r in references) else type_

    def of_media(self, media: Node, name: str) -> ir.Type:
        """Return the type of a JSON body: any JSON if it has no schema."""
        media.expect_only(MEDIA)
        schema = media.get("schema")
        return ir.Anything() if schema is None else self.type_of(schema, name)

    def define_all(self, node: Node, key: str) -> None:
        """Define the schemas under `$defs` or the like, even if nothing refers to them."""
        for _, child in node.members(key):
            if not child.is_bare_reference:
                with self.attempt():
                    child.expect_valid()
                    self.type_of(child, "")

    def visible_from(self, document: Node) -> set[str]:
        """Return the names of the classes that the modules of a service may import."""
        return self._definitions.visible_from(document)

    def kind(self, type_: ir.Type) -> str:
        """Return the kind of a type in JSON: `int`, `string`, `array` and so on."""
        return self._unions.kind(type_)

    def definition(self, type_: ir.Type | None) -> ir.Definition | None:
        """Return the definition that a type names, or None."""
        return self._definitions.definition(type_)

    def has_upload(self, type_: ir.Type | None) -> bool:
        """Return whether a type has a file inside it, which only a form can have."""
        if not self._uploads:
            return False
        pending, seen = [type_], set[ir.Named]()
        while pending:
            each = pending.pop()
            if each == scalars.UPLOAD:
                return True
            if isinstance(each, ir.Named) and each not in seen:
                seen.add(each)
                definition = self.definition(each)
                pending += ir.types_in(definition) if definition is not None else ()
            elif each is not None:
                pending += ir.parts(each)
        return False

    def item_of(self, type_: ir.Type) -> ir.Type:
        """Return the type of an array's items."""
        if isinstance(type_, ir.ListOf):
            return type_.item
        if isinstance(type_, ir.Limited):
            return self.item_of(type_.inner)
        definition = self.definition(type_)
        return self.item_of(definition.type) if isinstance(definition, ir.Alias) else type_

    def members_of(self, type_: ir.Type | None) -> set[str]:
        """Return the values of the enumeration that a type names, none if it is not one."""
        if isinstance(type_, ir.Nullable):
            return self.members_of(type_.inner)
        definition = self.definition(type_)
        members = definition.members if isinstance(definition, ir.Enumeration) else ()
        return {str(member.value) for member in members}

    def model_of(self, type_: ir.Type | None) -> ir.Model | None:
        """Return the model that a type names, or None."""
        definition = self.definition(type_)
        return definition if isinstance(definition, ir.Model) else None

    def is_nullable(self, type_: ir.Type) -> bool:
        """Return whether a value of a type may be null."""
        if isinstance(type_, (ir.Anything, ir.Nullable)):
            return True
        if isinstance(type_, ir.Limited) and isinstance(type_.inner, ir.Anything):
            return None in dict(type_.limits)["among"]
        if isinstance(type_, ir.UnionOf):
            return any(map(self.is_nullable, type_.members))
        definition = self.definition(type_)
        if isinstance(definition, ir.Choice):
            return any(map(self.is_nullable, definition.variants))
        return isinstance(definition, ir.Alias) and self.is_nullable(definition.type)

    def _type_of(self, node: Node, name: str) -> ir.Type:
        known = self._definitions.lookup(node)
        plain, nullable = without_null(node)
        plain = distributed(plain)
        own_name = _own_name(node)
        if known is not None:
            type_: ir.Type = known
        elif own_name:
            type_ = self._define(node, plain, _title(node), own_name)
        else:
            type_ = self._inline(node, plain, name)
        return _nullable(type_) if nullable else type_

    def _inline(self, identity: Node, node: Node, name: str) -> ir.Type:
        """Return the type of a schema whose location gives it no name."""
        own = _title(node) or name
        if "allOf" in node:
            wrapped = wrapped_schema(node)
            if wrapped is not None:
                return self.type_of(wrapped, own)
            if is_empty_all_of(node):
                return ir.Anything()
            scalar = merge_scalars(node)
            if scalar is not None:
                return self._inline(identity, scalar, name)
            return self._define(identity, node, own, name)
        if has_properties(node) or ("enum" in node and scalars.is_enumeration(node)):
            return self._define(identity, node, own, name)
        if is_union(node):
            definition = self._union(node, own)
            if isinstance(definition, ir.Alias):
                return definition.type
            return self._define(identity, node, own, name)
        return self._plain(node, name)

    def _define(self, identity: Node, node: Node, *names_: str) -> ir.Named:
        if identity in self._failed:
            raise self._failed[identity]
        named = self._definitions.reserve(identity, *names_)
        try:
            self._definitions.define(identity, self._definition(node, named.name))
        except ContractError as error:
            self._failed[identity] = error
            raise
        return named

    def _definition(self, node: Node, name: str) -> ir.Definition:
        doc = documented(node)
        if "enum" in node and scalars.is_enumeration(node):
            return ir.Enumeration(name, doc, scalars.members(node))
        if "allOf" in node:
            return self._combined(node, name, doc)
        if has_properties(node):
            return self._object(node, name, doc)
        if is_union(node):
            return self._union(node, name)
        return ir.Alias(name, doc, self._plain(node, name))

    def _combined(self, node: Node, name: str, doc: str) -> ir.Definition:
        scalar = merge_scalars(node)
        if scalar is not None:
            return replace(self._definition(scalar, name), doc=doc)
        wrapped = wrapped_schema(node)
        if wrapped is not None:
            return ir.Alias(name, doc, self.type_of(wrapped, name))
        if is_empty_all_of(node):
            return ir.Alias(name, doc, ir.Anything())
        for part in node.elements("allOf"):
            # Defined first, so that its inline schemas are named after it.
            if part.is_bare_reference:
                self.type_of(part, name)
        merged = merge_all_of(node)
        if merged.is_free_form:
            return ir.Alias(name, doc, ir.MapOf(ir.Anything()))
        groups = self._groups(merged.any_of) if merged.any_of is not None else []
        required, extra = set(merged.required), merged.extra
        model = self._model(node, name, doc, merged.properties, required, groups, extra)
        return _excluding(model, merged.excluded)

    def _object(self, node: Node, name: str, doc: str) -> ir.Model:
        node.expect_keywords(OBJECT, "next to `properties`")
        groups = self._groups(node["anyOf"]) if "anyOf" in node else []
        required = {child.value for child in node.elements("required")}
        properties = dict(node.members("properties"))
        extra = node.get("additionalProperties")
        if "minProperties" in node and not required:
            if node.value["minProperties"] != 1 or groups or not _is_closed(extra):
                what = "next to `properties`, only `minProperties: 1` is supported"
                raise ContractError(node["minProperties"], what)
            groups = [node.with_value([name]) for name in properties]
        model = self._model(node, name, doc, properties, required, groups, extra)
        return _excluding(model, excluded_groups(node))

    def _groups(self, any_of: Node) -> list[Node]:
        owner = any_of.with_value({"anyOf": any_of.value})
        if not required_groups(owner):
            raise ContractError(
                any_of, "next to `properties`, only sets of required properties are supported"
            )
        return [any_of[index]["required"] for index in range(len(any_of.value))]

    def _model(
        self,
        node: Node,
        name: str,
        doc: str,
        properties: dict[str, Node],
        required: set[str],
        groups: list[Node],
        extra: Node | None,
    ) -> ir.Model:
        fields: dict[str, ir.Field] = {}
        taken: set[str] = set()
        undeclared = {
            key: Node(node.library, node.uri, f"{node.pointer}/required/{key}", True)
            for key in sorted(required.union(*(each.value for each in groups)) - set(properties))
        }
        for wire_name, child in {**properties, **undeclared}.items():
            python = names.distinct(names.field_name, taken, wire_name)
            taken.add(python)
            one_way = _one_way(child)
            if one_way:
                required = required - {wire_name}
            type_ = self.type_of(child, name + names.pascal(wire_name))
            nullable, description = self.is_nullable(type_), field_doc(child)
            if nullable and wire_name not in required:
                description = f"{description} Absent is `UNSET`, null is None.".strip()
            description = f"{description} {one_way}".strip()
            fields[wire_name] = ir.Field(
                name=python,
                wire_name=wire_name,
                type=type_,
                required=wire_name in required,
                nullable=nullable,
                doc=description,
            )
        required_any = tuple(tuple(fields[key].name for key in group.value) for group in groups)
        formats = node.text(FORMATS)
        further = None
        if extra is not None and not _is_closed(extra):
            further = self.type_of(extra, f"{name}Value")
        values = tuple(fields.values())
        return ir.Model(name, doc, values, required_any, formats=formats, extra=further)

    def _union(self, node: Node, name: str) -> ir.Alias | ir.Choice:
        node.expect_keywords(UNION, "next to a union")
        if "oneOf" in node and "anyOf" in node:
            raise ContractError(node["anyOf"], "`anyOf` next to `oneOf` is not supported")
        variants = [
            child
            for child in node.elements("oneOf" if "oneOf" in node else "anyOf")
            if not is_null(child)
        ]
        if not variants:
            raise ContractError(node, "is a union of nothing")
        types = tuple(
            self.type_of(child, f"{name}Option{index}") for index, child in enumerate(variants, 1)
        )
        for child, type_ in zip(variants, types, strict=True):
            kinds = node.value.get("type", [])
            if kinds and self.kind(type_) not in (kinds, *map(_SCALARS.get, [kinds])):
                raise ContractError(
                    child, f"is not of type {node.value['type']}, as the union's `type` requires"
                )
        return self._unions.read(node, name, variants, types, self.type_of)

    def _plain(self, node: Node, name: str) -> ir.Type:
        """Return the type of a schema that needs no definition."""
        if "const" in node:
            return scalars.constant(node)
        if "enum" in node:
            return scalars.constants(node)
        if is_empty(node):
            return ir.Anything()
        kind = kind_of(node)
        # A constraint on another type has no effect.
        if kind:
            node.expect_keywords(TYPED, f"next to the type `{kind}`")
        else:
            node.expect_keywords(frozenset({"format"}), "without a `type`")
        if kind == "array":
            return self._array(node, name)
        if kind == "object":
            return self._map(node, name)
        if kind == "string":
            type_ = scalars.string(node)
            self._uploads = self._uploads or type_ == scalars.UPLOAD
            return type_
        if kind in _SCALARS:
            return scalars.number(node, _SCALARS[kind])
        if kind == "boolean":
            return ir.Scalar("bool")
        if kind == "null":
            return ir.Limited(ir.Anything(), (("among", (None,)),))
        return ir.Anything()

    def _array(self, node: Node, name: str) -> ir.Type:
        item = self._item(node, name)
        if "prefixItems" in node and node.value.get("items") is False:
            longest = min(len(node["prefixItems"].value), node.value.get("maxItems", math.inf))
            node = node.with_value({**node.value, "maxItems": longest})
        limits = scalars.sizes(node, "minItems", "maxItems")
        if node.flag("uniqueItems"):
            limits += (("unique_items", True),)
        return scalars.limited(ir.ListOf(item), limits)

    def _item(self, node: Node, name: str) -> ir.Type:
        """Return the type of an array's items: of any of them, if their positions differ."""
        first, rest = node.elements("prefixItems"), node.get("items")
        longest = 0 if rest is not None and rest.value is False else node.value.get("maxItems")
        no_rest = first and longest is not None and longest <= len(first)
        schemas = first if no_rest else [*first, rest]
        types: list[ir.Type] = []
        for each in schemas:
            type_ = ir.Anything() if each is None else self.type_of(each, f"{name}Item")
            types += type_.members if isinstance(type_, ir.UnionOf) else [type_]
        distinct = tuple(dict.fromkeys(types))
        if len(distinct) == 1 or ir.Anything() in distinct:
            return distinct[0] if len(distinct) == 1 else ir.Anything()
        if not self._unions.msgspec_can_choose(distinct):
            what = "items of one JSON type with different schemas are not supported"
            raise ContractError(node["prefixItems"], what)
        return ir.UnionOf(distinct)

    def _map(self, node: Node, name: str) -> ir.Type:
        extra, patterns = node.get("additionalProperties"), node.get("patternProperties")
        key: ir.Type = ir.Scalar("str")
        value: ir.Type = ir.Anything()
        if "propertyNames" in node and node["propertyNames"].value is not True:
            names_ = node["propertyNames"]
            key = self.type_of(names_.with_value({"type": "string", **names_.value}), f"{name}Key")
        if patterns is not None:
            key, value = self._pattern_map(patterns, extra, name)
        elif extra is not None and extra.value is False:
            raise ContractError(extra, "an object that is always empty is not supported here")
        elif extra is not None:
            value = self.type_of(extra, f"{name}Value")
        limits = scalars.sizes(node, "minProperties", "maxProperties")
        return scalars.limited(ir.MapOf(value, key), limits)

    def _pattern_map(
        self, patterns: Node, extra: Node | None, name: str
    ) -> tuple[ir.Type, ir.Type]:
        found = list(patterns.items())
        if len(found) != 1:
            raise ContractError(patterns, "only a single pattern is supported")
        if extra is None or extra.value is not False:
            raise ContractError(patterns, "needs `additionalProperties: false`")
        ((pattern, child),) = found
        key = ir.Limited(ir.Scalar("str"), (("pattern", scalars.checked_pattern(child, pattern)),))
        return key, self.type_of(child, f"{name}Value")


_SCALARS = {"integer": "int", "number": "float"}


def _excluding(model: ir.Model, groups: list[list[str]]) -> ir.Model:
    """Return a model with sets of properties that cannot be present together."""
    python = {field.wire_name: field.name for field in model.fields}
    # A model cannot have a property that it does not declare.
    found = [tuple(map(python.__getitem__, group)) for group in groups if {*group} <= {*python}]
    return replace(model, excluded=tuple(found))


def _nullable(type_: ir.Type) -> ir.Type:
    return type_ if isinstance(type_, ir.Nullable) else ir.Nullable(type_)


def _title(node: Node) -> str:
    """Return the title of a schema, if it is a name and not a sentence."""
    title = node.text("title")
    return title if len(title) <= 60 and re.fullmatch(r"[A-Za-z][A-Za-z0-9_ -]*", title) else ""


def _own_name(node: Node) -> str:
    """Return the name that the location of a schema gives it: its file or its key."""
    parts = node.pointer.split("/")
    if node.pointer == "":
        return node.path.name.partition(".")[0]
    if len(parts) == 4 and parts[1:3] == ["components", "schemas"]:
        return parts[3]
    return parts[-1] if len(parts) >= 3 and parts[-2] in ("$defs", "definitions") else ""


def _is_closed(extra: Node | None) -> bool:
    return extra is None or extra.value is False


def _one_way(node: Node) -> str:
    """Return a remark on a property that is in requests only or in responses only."""
    chain = [piece for piece in node.chain() if isinstance(piece.value, dict)]
    if any(piece.flag("readOnly") for piece in chain):
        return "In responses only."
    return "In requests only." if any(piece.flag("writeOnly") for piece in chain) else ""
