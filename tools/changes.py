"""Check that what changed in a package has a fragment: `hatch run changes`.

Compared with each package's last release, or with `--since origin/main` for a pull request.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from releasing.fragments import complaint
from releasing.git import Git
from releasing.packages import packages
from releasing.problem import ReleaseError

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Print what lacks a fragment; exit with 1 if anything does."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--since", metavar="REF", help="what to compare with, from where it parted")
    options = parser.parse_args(arguments)
    git = Git(root)
    if not git.is_there():
        print("no git repository: nothing to compare with")
        return 0
    try:
        since = git("merge-base", options.since, "HEAD") if options.since else None
        found = [
            f"{each.name}: {lack}"
            for each in packages(root)
            if (lack := complaint(git, each, since))
        ]
    except ReleaseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\n".join(found) or "every change that users get has a fragment")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
