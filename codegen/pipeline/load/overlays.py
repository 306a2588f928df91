"""OpenAPI Overlay 1.0: additions to a document by whoever cannot edit it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import ContractError

from .documents import load_file


def check_overlays(overlays: Sequence[Path], documents: Sequence[Path]) -> None:
    """Check that each overlay is one, and is about a document of the contract.

    Raises:
        ContractError: If it is not.
    """
    for path in overlays:
        overlay = load_file(path)
        actions = overlay.get("actions") if isinstance(overlay, dict) else None
        if not isinstance(actions, list) or not str(overlay.get("overlay", "")).startswith("1."):
            raise ContractError(path, "is not an overlay of version 1 with `actions`")
        if not any(_is_about(overlay, document) for document in documents):
            what = "names no document of the contract, such as `shop.openapi.yaml`"
            raise ContractError(f"{path}#/extends", what)


def overlaid(document: Any, path: Path, overlays: Sequence[Path]) -> Any:
    """Return a parsed document with the overlays about it applied, in their order.

    Raises:
        ContractError: If the target of an action matches nothing.
    """
    for file in overlays:
        overlay = load_file(file)
        if not _is_about(overlay, path):
            continue
        # Few contracts have overlays, and the import takes long.
        from jsonpath_ng.ext import parse  # type: ignore[attr-defined]
        from oas_patch.overlay import apply_overlay  # type: ignore[import-untyped]

        for number, action in enumerate(overlay["actions"]):
            where = f"{file}#/actions/{number}"
            try:
                matches = parse(action["target"]).find(document)
            except Exception as error:
                raise ContractError(where, f"needs `target`, a JSONPath ({error})") from error
            if not matches:
                raise ContractError(f"{where}/target", f"matches nothing in {path.name}")
            document = apply_overlay(document, {"actions": [action]})
    return document


def _is_about(overlay: Any, document: Path) -> bool:
    return str(overlay.get("extends", "")).rpartition("/")[2] == document.name
