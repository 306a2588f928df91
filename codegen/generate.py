"""Generate the SDK's models, clients, server sides and packages from its contracts.

python3 -m pip install -r codegen/requirements.txt
python3 codegen/generate.py
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipeline.distribution.project_files import ProjectFiles
from pipeline.errors import ContractError
from pipeline.load.documents import load_contract
from pipeline.load.manifest import for_namespace, read_manifest
from pipeline.load.references import Library
from pipeline.load.validation import validate_contract
from pipeline.output import differences, write
from pipeline.read.contract import read_contract
from pipeline.render.formatting import format_files
from pipeline.render.openapi import bundles
from pipeline.render.packages import Packages

_HERE = Path(__file__).resolve().parent


def main(arguments: list[str] | None = None) -> int:
    """Run the pipeline; exit with 1 if --check finds a difference, with 2 for a bad contract."""
    options = _parser().parse_args(arguments)
    specs = [options.spec] if options.spec else _specs(options.version)
    return max(_generate(spec, options) for spec in specs)


def _specs(version: str) -> list[Path]:
    """Return the folder of a version of our contract, or of all if none is named."""
    found = sorted(folder.parent for folder in (_HERE / "spec").glob("*/openapi"))
    return [_HERE / "spec" / version] if version else found


def _generate(spec: Path, options: argparse.Namespace) -> int:
    beside = spec / "manifest.yaml"
    own = beside if beside.is_file() else _HERE / "manifest.yaml"
    try:
        manifest = read_manifest(options.manifest or own)
        if options.namespace or options.prefix:
            if options.out.resolve() == _HERE.parent:
                raise ContractError("--out", "must be another folder than this project's")
            manifest = for_namespace(manifest, options.namespace or "", options.prefix or "")
        library = Library(load_contract(spec, tuple(options.overlay)))
        validate_contract(library, options.partial)
        api = read_contract(library, manifest, options.partial)
        packages = Packages(manifest)
        files = packages.modules(api, bundles(library))
        command_line = manifest.command_line
        if command_line and (options.out / "packages" / command_line.distribution).is_dir():
            files |= packages.command_line(api, command_line)
    except ContractError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for omitted in api.omitted:
        print(f"omitted: {omitted}", file=sys.stderr)
    project_files = ProjectFiles(manifest)
    namespaces = sorted({manifest.namespace.partition(".")[0], manifest.core.module})
    generated = format_files(files, namespaces) | project_files.pyprojects(api)
    seeds = project_files.seeds(api)
    if options.check:
        diff = differences(options.out, generated, seeds, manifest)
        sys.stdout.write(diff)
        return 1 if diff else 0
    write(options.out, generated, seeds, manifest)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--version", help="a folder of spec/, such as v0.3 (default: all)")
    parser.add_argument("--spec", type=Path, help="another contract, in the standard's layout")
    parser.add_argument(
        "--manifest",
        type=Path,
        help="the facts that no contract states (default: manifest.yaml next to the contract, "
        "or else next to this file)",
    )
    parser.add_argument(
        "--overlay",
        type=Path,
        action="append",
        default=[],
        help="an OpenAPI Overlay 1.0, whose `extends` names a document; may be repeated",
    )
    parser.add_argument("--namespace", help="the package for another contract, such as acme")
    parser.add_argument("--prefix", help="the first part of its distributions' names, such as acme")
    parser.add_argument(
        "--out",
        type=Path,
        default=_HERE.parent,
        help="the folder that holds packages/ (default: this project)",
    )
    parser.add_argument(
        "--partial",
        action="store_true",
        help="leave out and list the operations that are not supported, instead of rejecting all",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; show the differences, and exit with 1"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
