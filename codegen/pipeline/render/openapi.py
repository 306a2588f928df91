"""A service's document with everything that it refers to, as one JSON file."""

from __future__ import annotations

import json
from typing import Any

from pipeline.load.references import Node

from .templating import HEADER


def bundled(document: Node) -> str:
    """Return an OpenAPI document whose references stay inside it.

    Args:
        document: The document of a service.
    """
    names: dict[tuple[str, str], str] = {}
    schemas: dict[str, Any] = {}
    own = document["components"].members("schemas") if "components" in document else iter(())
    for name, schema in own:
        place = schema.follow()
        names[place.uri, place.pointer] = name

    def inside(node: Node) -> Any:
        value = node.value
        if isinstance(value, dict):
            if "$ref" in node and not value["$ref"].startswith("#/components/responses"):
                rest = {key: inside(node[key]) for key in value if key != "$ref"}
                return {
                    "$ref": reference(node.follow() if node.is_bare_reference else node.target()),
                    **rest,
                }
            return {key: inside(node[key]) for key in value if key not in ("$schema", "$id")}
        if isinstance(value, list):
            return [inside(node[index]) for index in range(len(value))]
        return value

    def reference(target: Node) -> str:
        place = target.uri, target.pointer
        if place not in names:
            title = target.text("title") or f"Schema{len(names)}"
            taken = set(names.values())
            names[place] = title if title not in taken else f"{title}{len(names)}"
        name = names[place]
        if name not in schemas:
            schemas[name] = None  # it may refer to itself
            schemas[name] = inside(target)
        return f"#/components/schemas/{name}"

    whole = {key: inside(document[key]) for key in document.value if key != "components"}
    components = {
        kind: {name: inside(part) for name, part in document["components"].members(kind)}
        for kind in ("securitySchemes", "responses")
    }
    whole["components"] = {**components, "schemas": dict(sorted(schemas.items()))}
    return json.dumps({"x-comment": HEADER, **whole}, indent=1) + "\n"
