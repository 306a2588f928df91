"""`oneOf` and `anyOf` -> unions."""

from __future__ import annotations

from collections.abc import Callable

from pipeline import ir
from pipeline.errors import ContractError
from pipeline.load.references import Node

from .definitions import Definitions
from .scalars import UPLOAD
from .schema_kinds import has_properties, reference_in_mapping
from .tags import distinguishing, tags

_DISCRIMINATOR = frozenset({"propertyName", "mapping"})
_OTHER_SCALARS = frozenset({"int", "float", "bool"})


class Unions:
    """Decides how to distinguish the variants of a union."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._tagged: list[tuple[Node, str, ir.Type]] = []

    def read(
        self,
        node: Node,
        name: str,
        variants: list[Node],
        types: tuple[ir.Type, ...],
        type_of: Callable[[Node, str], ir.Type],
    ) -> ir.Alias | ir.Choice:
        """Return the definition for a union.

        Args:
            node: The schema with the `oneOf` or `anyOf`.
            name: Its Python name.
            variants: Its schemas, without `null`.
            types: Their types.
            type_of: Function from a schema to a type.
        """
        doc = node.text("description")
        if "discriminator" in node:
            mapping = self._mapping(node["discriminator"], variants, types, type_of)
            return ir.Choice(name, doc, types, node["discriminator"].text("propertyName"), mapping)
        distinct = tuple(dict.fromkeys(types))
        if len(distinct) == 1:
            return ir.Alias(name, doc, distinct[0])
        if self.msgspec_can_choose(distinct):
            return ir.Alias(name, doc, ir.UnionOf(distinct))
        by_type = dict(zip(types, map(tags, variants), strict=True))
        found = distinguishing([by_type[type_] for type_ in distinct])
        return ir.Choice(name, doc, distinct, tags=found if any(found) else ())

    def check(self) -> None:
        """Check that each variant under a discriminator is an object with that property."""
        for where, property_, type_ in self._tagged:
            definition = self._definitions.definition(type_)
            if not isinstance(definition, ir.Model):
                raise ContractError(where, "a variant under a discriminator must be an object")
            if all(field.wire_name != property_ for field in definition.fields):
                raise ContractError(where, f"{definition.name} does not declare `{property_}`")

    def forget(self) -> None:
        """Forget what was to be checked."""
        self._tagged.clear()

    def kind(self, type_: ir.Type) -> str:
        """Return the JSON kind of a type's values, or `?` if it is not certain."""
        if isinstance(type_, (ir.Limited, ir.Nullable)):
            return self.kind(type_.inner)
        if type_ == UPLOAD:
            return "object"
        if isinstance(type_, ir.Scalar):
            return type_.python if type_.python in _OTHER_SCALARS else "string"
        if isinstance(type_, ir.ListOf):
            return "array"
        if isinstance(type_, ir.MapOf):
            return "object"
        return self._kind_of_named(type_) if isinstance(type_, ir.Named) else "?"

    def _kind_of_named(self, named: ir.Named) -> str:
        definition = self._definitions.definition(named)
        if isinstance(definition, ir.Model):
            return "object"
        if isinstance(definition, ir.Enumeration):
            return "string" if isinstance(definition.members[0].value, str) else "int"
        if isinstance(definition, ir.Alias):
            return self.kind(definition.type)
        if isinstance(definition, ir.Choice):
            kinds = {self.kind(variant) for variant in definition.variants}
            return "object" if kinds == {"object"} else "?"
        # The definition is not complete yet.
        return "object" if has_properties(self._definitions.origin(named)) else "?"

    def msgspec_can_choose(self, variants: tuple[ir.Type, ...]) -> bool:
        """Return whether msgspec can distinguish the variants by the kind of JSON value."""
        kinds = [self.kind(variant) for variant in variants]
        if "?" in kinds or any(self._is_choice(variant) for variant in variants):
            return False
        return len(set(kinds)) == len(kinds)

    def _is_choice(self, type_: ir.Type) -> bool:
        if isinstance(type_, (ir.Limited, ir.Nullable)):
            return self._is_choice(type_.inner)
        definition = self._definitions.definition(type_)
        if isinstance(definition, ir.Alias):
            return self._is_choice(definition.type)
        is_open = isinstance(definition, ir.Model) and definition.extra is not None
        return is_open or isinstance(definition, ir.Choice)

    def _mapping(
        self,
        discriminator: Node,
        variants: list[Node],
        types: tuple[ir.Type, ...],
        type_of: Callable[[Node, str], ir.Type],
    ) -> tuple[tuple[str | int, ir.Type], ...]:
        discriminator.expect_only(_DISCRIMINATOR)
        property_ = discriminator.text("propertyName")
        mapping: dict[str | int, ir.Type] = {}
        for name, target in discriminator.members("mapping"):
            type_ = type_of(target.with_value({"$ref": reference_in_mapping(target)}), "")
            if type_ not in types:
                raise ContractError(target, "is not one of the variants")
            mapping[name] = type_
            self._tagged.append((target, property_, type_))
        for child, type_ in zip(variants, types, strict=True):
            declared = tags(child).get(property_, ())
            for tag in declared:
                mapping.setdefault(tag, type_)
            if not declared and not child.is_bare_reference:
                what = f"needs a constant `{property_}`, or must be a `$ref`"
                raise ContractError(child, f"a variant under a discriminator {what}")
            if type_ not in mapping.values():
                mapping[child.text("$ref").rpartition("/")[2].partition(".schema.")[0]] = type_
            self._tagged.append((child, property_, type_))
        return tuple(mapping.items())
