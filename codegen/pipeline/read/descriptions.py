"""The descriptions in the contract, with additions about defaults and deprecation."""

from __future__ import annotations

import json

from pipeline.load.references import Node


def documented(node: Node) -> str:
    """Return the description of a schema, an operation or a parameter."""
    return _with_deprecation(node.text("description"), node)


def field_doc(node: Node) -> str:
    """Return the description of a property or parameter: of this use, else of its target."""
    chain = [piece for piece in node.chain() if isinstance(piece.value, dict)]
    if not chain:
        return ""
    doc = next((piece.text("description") for piece in chain if "description" in piece), "")
    for piece in chain:
        if "default" in piece:
            default = json.dumps(piece.value["default"], ensure_ascii=False)
            if default not in doc:
                doc = f"{doc} The service's default is `{default}`."
            break
    return _with_deprecation(doc.strip(), *chain)


def _with_deprecation(doc: str, *nodes: Node) -> str:
    deprecated = any(node.flag("deprecated") for node in nodes)
    return f"{doc}\n\nDeprecated.".strip() if deprecated else doc
