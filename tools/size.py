"""Measure the installed size of `arp-daemon`, beside `arp-standard-py` 0.1.0.

`hatch run python tools/size.py` installs both, each into a folder of its own, and writes
docs/size.md; `--of SITE_PACKAGES` measures an environment that is there, and prints JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib.metadata import distributions
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
OURS = [str(REPOSITORY / "packages" / name) for name in ("arp-core", "arp-daemon")]
PEER = ["arp-standard-py==0.1.0"]
PAGE = """# Installed size

The size of `pip install arp-daemon` in an empty environment, without compiled bytecode, compared
with `arp-standard-py` 0.1.0, which has all three clients. `hatch run python tools/size.py` wrote
this page on Python {python} ({platform}). A test fails if our packages grow or
shrink by more than a tenth.

| | arp-daemon | arp-standard-py 0.1.0 | ratio |
|---|---|---|---|
"""


def measure(site_packages: Path) -> dict[str, int]:
    """Count the distributions, files and bytes of an environment, without compiled bytecode."""
    sizes: dict[str, list[int]] = {}
    for each in distributions(path=[str(site_packages)]):
        files = [Path(str(each.locate_file(path))) for path in each.files or ()]
        sizes[each.metadata["Name"]] = [
            path.stat().st_size for path in files if path.suffix != ".pyc" and path.is_file()
        ]
    return {
        "distributions": len(sizes),
        "files": sum(map(len, sizes.values())),
        "bytes": sum(map(sum, sizes.values())),
        "bytes of packages `arp-*`": sum(
            sum(found) for name, found in sizes.items() if name.startswith("arp-")
        ),
    }


def installed(requirements: list[str]) -> dict[str, int]:
    """Measure an environment that has nothing but these requirements."""
    with tempfile.TemporaryDirectory() as folder:
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-compile")
        subprocess.run([*pip, "--target", folder, *requirements], check=True)
        return measure(Path(folder))


if sys.argv[1:2] == ["--of"]:
    print(json.dumps(measure(Path(sys.argv[2]))))
else:
    ours, peer = installed(OURS), installed(PEER)
    python = ".".join(map(str, sys.version_info[:2]))
    page = PAGE.format(python=python, platform=sys.platform)
    for name, value in ours.items():
        page += f"| {name} | {value:,} | {peer[name]:,} | {value / peer[name]:.2f} |\n"
    (REPOSITORY / "docs" / "size.md").write_text(page, encoding="utf-8")
    print(page)
