"""The documents and schemas of a contract, as parsed files."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import ContractError

_SUFFIXES = (".openapi.yaml", ".openapi.yml", ".openapi.json")

# Several times as fast, but missing from some builds of PyYAML.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """Loads the YAML that JSON can express: keys are unique strings, a date stays a string."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        _reject_duplicates(node)
        self.flatten_mapping(node)
        # A status code such as 200 and a name such as `on` stay as they are written.
        return {key.value: self.construct_object(value, deep=deep) for key, value in node.value}


# The scalars of YAML 1.2 (10.3.2), by which `on` is a string and 1e-08 a number.
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    ("merge", r"<<", ["<"]),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first
    )


def _reject_duplicates(node: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "not a string", key.start_mark)
        if key.value in seen:
            problem = f"the key `{key.value}` occurs twice"
            raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
        seen.add(key.value)


@dataclass(frozen=True)
class Contract:
    """The files of a contract.

    Attributes:
        root: The folder that holds `openapi/` and `schemas/`.
        documents: The OpenAPI documents, by the service's name in the file name.
        schemas: Paths of the JSON Schema files.
        overlays: Paths of overlays of the documents.
    """

    root: Path
    documents: dict[str, Path]
    schemas: list[Path]
    overlays: tuple[Path, ...] = ()


def load_contract(root: Path, overlays: tuple[Path, ...] = ()) -> Contract:
    """Find the files of a contract in the standard's layout."""
    root = root.resolve()
    documents: dict[str, Path] = {}
    for path in sorted((root / "openapi").glob("*.openapi.*")):
        slug = path.name.partition(".openapi.")[0]
        if not path.name.endswith(_SUFFIXES):
            continue
        if slug in documents:
            raise ContractError(
                path.relative_to(root), f"{documents[slug].name} describes the same service"
            )
        documents[slug] = path
    if not documents:
        raise ContractError(root, "contains no openapi/<service>.openapi.yaml")
    return Contract(root, documents, sorted((root / "schemas").rglob("*.schema.json")), overlays)


def load_file(path: Path, root: Path | None = None) -> Any:
    """Parse a YAML or JSON file; paths in errors are relative to `root`."""
    where = path.relative_to(root) if root and path.is_relative_to(root) else path
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            value = json.loads(text, object_pairs_hook=_unique)
        else:
            value = yaml.load(text, Loader=_Loader)  # noqa: S506  # derived from SafeLoader
        _expect_json(value, str(where), "", ())
        return value
    except OSError as error:
        raise ContractError(where, f"cannot be read ({error.strerror})") from error
    except (ValueError, yaml.YAMLError) as error:
        what = " ".join(str(error).split())
        raise ContractError(where, f"cannot be parsed ({what})") from error
    except RecursionError as error:
        raise ContractError(where, "is nested too deeply") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key `{twice}` occurs twice")
    return members


def _expect_json(value: Any, file: str, pointer: str, above: tuple[int, ...]) -> None:
    """Reject values of YAML and Python that JSON does not have."""
    if isinstance(value, (dict, list)):
        if id(value) in above:
            raise ContractError(f"{file}#{pointer}", "contains itself")
        inside = (*above, id(value))
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            _expect_json(child, file, f"{pointer}/{escaped(key)}", inside)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ContractError(f"{file}#{pointer}", f"{value} is not a JSON value")
    elif isinstance(value, str) and not _is_text(value):
        raise ContractError(f"{file}#{pointer}", "has a lone surrogate, which is not a character")
    elif value is not None and not isinstance(value, (str, int, float)):
        raise ContractError(f"{file}#{pointer}", f"a {type(value).__name__} is not a JSON value")


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


def escaped(key: object) -> str:
    """Return a key as a segment of a JSON pointer (RFC 6901, 3)."""
    text = str(key)
    return text.replace("~", "~0").replace("/", "~1") if "/" in text or "~" in text else text
