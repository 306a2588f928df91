"""Measure what `pip install arp-daemon` takes up, beside `arp-standard-py` 0.1.0.

`python3 tools/size.py` installs both, each into an environment of its own, and writes docs/size.md;
`python3 tools/size.py --of SITE_PACKAGES` measures an environment that is there, as JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from dataclasses import asdict, dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
RECORD = REPOSITORY / "docs" / "size.md"
OURS = ("arp-core", "arp-daemon")
PEER = "arp-standard-py==0.1.0"


@dataclass(frozen=True)
class Size:
    """What an environment holds.

    Attributes:
        distributions: How many distributions.
        files: How many files, of all of them.
        bytes: The size of these files.
        own_bytes: The size of the files of distributions whose name starts with `arp-`.
    """

    distributions: int
    files: int
    bytes: int
    own_bytes: int


def measure(site_packages: Path) -> Size:
    """The size of what is installed, without what Python compiles from it."""
    found = list(distributions(path=[str(site_packages)]))
    files = {each.metadata["Name"]: files_of(each) for each in found}
    sizes = {name: sum(path.stat().st_size for path in paths) for name, paths in files.items()}
    return Size(
        distributions=len(found),
        files=sum(map(len, files.values())),
        bytes=sum(sizes.values()),
        own_bytes=sum(size for name, size in sizes.items() if name.startswith("arp-")),
    )


def files_of(distribution: Distribution) -> list[Path]:
    """The files that a distribution has brought along."""
    found = [Path(str(distribution.locate_file(path))) for path in distribution.files or ()]
    return [path for path in found if path.suffix != ".pyc" and path.is_file()]


def main() -> int:
    """Measure, and print or record it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--of", type=Path, metavar="SITE_PACKAGES")
    options = parser.parse_args()
    if options.of:
        print(json.dumps(asdict(measure(options.of))))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        ours, peer = installed(Path(folder))
    RECORD.write_text(report(ours, peer), encoding="utf-8")
    print(RECORD.read_text(encoding="utf-8"))
    return 0


def installed(folder: Path) -> tuple[Size, Size]:
    """The sizes of arp-daemon alone, from this source tree, and of the other."""
    pip = (environment(folder / "tools", with_pip=True), "-m", "pip")
    wheels = folder / "wheels"
    sources = [REPOSITORY / "packages" / name for name in OURS]
    run(*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", wheels, *sources)
    sizes: list[Size] = []
    for name, requirements in (("ours", sorted(wheels.glob("*.whl"))), ("peer", [PEER])):
        python = environment(folder / name, with_pip=False)
        run(*pip, "--python", python, "install", "--quiet", "--no-compile", *requirements)
        code = "import sysconfig; print(sysconfig.get_path('purelib'))"
        sizes.append(measure(Path(run(python, "-c", code).strip())))
    return sizes[0], sizes[1]


def environment(folder: Path, with_pip: bool) -> Path:
    """The interpreter of a new virtual environment."""
    venv.create(folder, with_pip=with_pip)
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def run(*command: str | Path) -> str:
    """What a command prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def report(ours: Size, peer: Size) -> str:
    """The page that keeps the figures."""
    rows = [
        ("distributions", ours.distributions, peer.distributions),
        ("files", ours.files, peer.files),
        ("bytes", ours.bytes, peer.bytes),
        ("bytes of packages `arp-*`", ours.own_bytes, peer.own_bytes),
    ]
    table = [f"| {name} | {a:,} | {b:,} | {a / b:.2f} |" for name, a, b in rows]
    python = ".".join(map(str, sys.version_info[:2]))
    return "\n".join(
        [
            "# Installed size",
            "",
            "What `pip install arp-daemon` takes up in an empty environment, without compiled",
            "bytecode, beside `arp-standard-py` 0.1.0, which brings all three clients. Written by",
            f"`python3 tools/size.py` on Python {python} ({sys.platform}). A test fails when our",
            "packages grow or shrink by more than a tenth and it was not written anew.",
            "",
            "| | arp-daemon | arp-standard-py 0.1.0 | ratio |",
            "|---|---|---|---|",
            *table,
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
