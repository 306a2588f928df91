"""Compare each package with its last release: `hatch run api`.

What breaks users needs a fragment of the kind `breaking`, what is new one of the kind `added`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from releasing import fragments
from releasing.change import Step
from releasing.gate import inspect
from releasing.git import Git
from releasing.packages import package, packages
from releasing.problem import ReleaseError

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Print what changed; exit with 1 if fragments do not announce it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("package", nargs="*", help="such as arp-daemon (default: all)")
    options = parser.parse_args(arguments)
    git = Git(root)
    if not git.is_there():
        print("no git repository: nothing to compare with")
        return 0
    wrong = False
    try:
        chosen = [package(root, name) for name in options.package] or packages(root)
        for each in chosen:
            verdict = inspect(git, each)
            print(f"{each.name}: {verdict.excuse or f'compared with {verdict.last}'}")
            for change in verdict.changes:
                print(f"  {change}")
            if verdict.step > fragments.announced(each) and verdict.last is not None:
                wrong = True
                word = "breaking" if verdict.step is Step.MAJOR else "added"
                print(f"  not announced: write packages/{each.name}/changes/<subject>.{word}.md")
    except ReleaseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
