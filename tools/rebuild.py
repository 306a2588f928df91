"""Build a tagged release again and compare: `hatch run rebuild arp-daemon-v1.2.0`.

The same checks as before the release, and the bytes have to be those that the tag tells of.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from releasing.problem import ReleaseError
from releasing.release import rebuild
from releasing.tags import read_tag

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Rebuild into dist/; exit with 1 if anything is other than it was."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tag", help="such as arp-daemon-v1.2.0, which is checked out")
    options = parser.parse_args(arguments)
    try:
        package, version = read_tag(root, options.tag)
        rebuild(root, package.name, version, print)
    except ReleaseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
