"""Generate the SDK's models, clients, servers and packages from the contract.

python3 -m pip install --group codegen
python3 codegen/generate.py --version v1
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipeline.contract import read_contract
from pipeline.format import format_files
from pipeline.load import load_contract
from pipeline.manifest import read_manifest
from pipeline.output import differences, write
from pipeline.problem import ContractError
from pipeline.render import Renderer
from pipeline.requirement import CoreRequirements, read_record
from pipeline.validate import validate_contract

_HERE = Path(__file__).resolve().parent


def main(arguments: list[str] | None = None) -> int:
    """Run the pipeline; exit with 1 if --check finds a difference, with 2 for a bad contract."""
    options = _parser().parse_args(arguments)
    spec = options.spec or _HERE / "spec" / options.version
    try:
        project = read_manifest(options.manifest)
        contract = load_contract(spec)
        validate_contract(contract)
        api = read_contract(contract, project)
    except ContractError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    renderer = Renderer(project)
    files = renderer.generated(api)
    servers = project.servers
    if servers is not None and (options.out / "packages" / servers.distribution).is_dir():
        files |= renderer.servers(api, servers)
    generated = format_files(files, project.namespace)
    record = read_record(_HERE / "core_surface.json")
    core = CoreRequirements(project, record, options.out)
    try:
        generated |= renderer.distributions(api, lambda name: core.of(name, generated))
    except ContractError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    generated |= core.files
    seeds = renderer.seeds(api)
    if options.check:
        diff = differences(options.out, generated, seeds)
        sys.stdout.write(diff)
        return 1 if diff else 0
    write(options.out, generated, seeds)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--version", default="v1", help="the contract's version (default: v1)")
    parser.add_argument("--spec", type=Path, help="another contract, in the standard's layout")
    parser.add_argument(
        "--manifest",
        type=Path,
        default=_HERE / "manifest.yaml",
        help="what no contract says (default: manifest.yaml beside this file)",
    )
    parser.add_argument(
        "--out", type=Path, default=_HERE.parent, help="where packages/ is (default: this project)"
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; show what would, and exit with 1"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
