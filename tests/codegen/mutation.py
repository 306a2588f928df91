"""A small valid contract with something in it changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from codegen.places import CONTRACTS, GENERATOR
from pipeline import ir
from pipeline.load.documents import load_contract
from pipeline.load.manifest import read_manifest
from pipeline.load.references import Library
from pipeline.load.validation import validate_contract
from pipeline.read.contract import read_contract

DOCUMENT = "openapi/shop.openapi.yaml"
THING = "schemas/goods/thing.schema.json"
OTHER = "schemas/goods/other.schema.json"
REMOVED = object()
MANIFEST = read_manifest(GENERATOR.parent / "manifest.yaml")

Change = tuple[str, str, Any]


def mutated(folder: Path, *changes: Change) -> Path:
    """Copy the contract with changes.

    Args:
        changes: File, JSON pointer and new value; `REMOVED` removes the member.
    """
    root = folder / "contract"
    shutil.copytree(CONTRACTS / "tiny", root)
    for file, pointer, value in changes:
        path = root / file
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
        content = _put(content, pointer.split("/")[1:], value)
        text = json.dumps(content) if path.suffix == ".json" else yaml.safe_dump(content)
        path.write_text(text, encoding="utf-8")
    return root


def _put(content: Any, keys: list[str], value: Any) -> Any:
    if not keys:
        return value
    holder = content
    *above, last = [key.replace("~1", "/").replace("~0", "~") for key in keys]
    for key in above:
        holder = holder[int(key)] if isinstance(holder, list) else holder.setdefault(key, {})
    if value is REMOVED:
        del holder[last]
    elif isinstance(holder, list):
        holder[int(last) : int(last) + 1] = [value]
    else:
        holder[last] = value
    return content


def read(root: Path) -> ir.Api:
    """The intermediate representation of a contract."""
    library = Library(load_contract(root))
    validate_contract(library)
    return read_contract(library, MANIFEST)
