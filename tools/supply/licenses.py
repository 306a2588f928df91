"""Write the table of the licences of all that the lock installs, as pip-licenses reads them.

`python tools/supply/licenses.py` unpacks the lock into folders of its own, for each Python that
has something of its own in it, and writes `requirements/licenses.json`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from supply import declared, lock

TABLE = declared.REPOSITORY / "requirements" / "licenses.json"
# Families that a tool for development may have; none binds what we write with it.
ALLOWED = (
    *("0BSD", "Apache", "BSD", "DFSG approved", "ISC", "MIT", "MPL", "Mozilla Public License 2.0"),
    *("PSF", "Python Software Foundation", "Public Domain", "Unlicense", "zlib/libpng"),
)
# What has another licence in a part of it, and why that does not matter.
EXCEPTED = {"docutils": ("GNU General Public License", "an Emacs mode, which nothing here runs")}


def refused(table: Mapping[str, str], locked: Iterable[lock.Locked]) -> list[str]:
    """What is locked without a licence in the table, or with one that is not allowed."""
    found = []
    for key in sorted({f"{each.name} {each.version}" for each in locked}):
        license_ = table.get(key)
        if license_ is None:
            found.append(f"{key} is not in the table")
        elif not allowed(_without_excepted(key.partition(" ")[0], license_)):
            found.append(f"{key} is licensed by {license_!r}")
    return found


def _without_excepted(name: str, license_: str) -> str:
    family, _ = EXCEPTED.get(name, ("", ""))
    parts = re.split(r";\s*", license_)
    return "; ".join(each for each in parts if not (family and each.startswith(family)))


def allowed(license_: str) -> bool:
    """Whether all families of a licence are allowed, or, where there is a choice, one."""
    choices = re.split(r"\bOR\b", license_)
    return any(
        all(_is_allowed(each) for each in re.split(r";|\bAND\b", choice)) for choice in choices
    )


def _is_allowed(name: str) -> bool:
    return name.strip(" ()").startswith(ALLOWED)


def read(text: str) -> dict[str, str]:
    """The licences in a table, by name and version."""
    return {
        f"{canonicalize_name(each['Name'])} {each['Version']}": each["License"]
        for each in json.loads(text)
    }


def generate() -> None:
    """Write the table."""
    rest = lock.parse(lock.LOCK.read_text(encoding="utf-8"))
    table: list[dict[str, str]] = []
    # What has several versions in the lock has one for each Python.
    for python in reversed(declared.PYTHONS):
        fitting = [each for each in rest if each.supports(python)]
        rest = [each for each in rest if each not in fitting]
        table += _licenses(python, fitting) if fitting else []
    table.sort(key=lambda each: (canonicalize_name(each["Name"]), each["Version"]))
    TABLE.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


def _licenses(python: str, locked: list[lock.Locked]) -> list[dict[str, str]]:
    with tempfile.TemporaryDirectory() as name:
        unpacked, environment = Path(name, "unpacked"), Path(name, "environment")
        uv = (sys.executable, "-m", "uv")
        pins = "".join(f"{each.pin}\n" for each in locked)
        install = ("--quiet", "--no-deps", "--require-hashes", "--python-version", python)
        subprocess.run(
            [*uv, "pip", "install", *install, "--target", unpacked, "--requirement", "-"],
            input=pins,
            text=True,
            check=True,
        )
        subprocess.run([*uv, "venv", "--quiet", environment], check=True)
        interpreter = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
        where = "import sysconfig; print(sysconfig.get_path('purelib'))"
        site = subprocess.run(
            [interpreter, "-c", where], stdout=subprocess.PIPE, text=True, check=True
        ).stdout.strip()
        Path(site, "unpacked.pth").write_text(f"{unpacked}\n", encoding="utf-8")
        shown = subprocess.run(
            [
                *(sys.executable, "-m", "piplicenses", "--format", "json", "--with-system"),
                *("--python", interpreter),
            ],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
    found: list[dict[str, str]] = json.loads(shown)
    return found


def main() -> int:
    """Write the table, and say what it refuses."""
    generate()
    locked = lock.parse(lock.LOCK.read_text(encoding="utf-8"))
    found = refused(read(TABLE.read_text(encoding="utf-8")), locked)
    for problem in found:
        print(f"requirements/licenses.json: {problem}", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
