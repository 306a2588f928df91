"""Release one package: `hatch run release arp-daemon minor --dry-run`.

Its version, its changelog, sdist and wheel, a commit and a tag; nothing is pushed or uploaded.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from releasing.problem import ReleaseError
from releasing.release import release

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Release; exit with 1 if something stands in the way."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("package", help="such as arp-daemon")
    parser.add_argument("step", help="patch, minor, major, or a version such as 1.0.0")
    parser.add_argument("--dry-run", action="store_true", help="do all of it, and keep nothing")
    options = parser.parse_args(arguments)
    try:
        release(root, options.package, options.step, dry_run=options.dry_run, say=print)
    except ReleaseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
