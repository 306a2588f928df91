"""Run the tests that `hatch run test` leaves out, by subject.

`hatch run test-all` runs all subjects, and `hatch run test-all SUBJECT...` runs some. A subject is
a folder of `tests/` that has tests marked `full`, or else `lowest`, the lowest versions of what the
packages require, or `pythons`, the other Pythons. The folders share one run of pytest. `.cache/`
keeps the seconds of the last time: for a folder, the sum over its tests.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

REPOSITORY = Path(__file__).resolve().parents[1]
TESTS, CACHE = REPOSITORY / "tests", REPOSITORY / ".cache"
REPORT, RECORD = CACHE / "test-all.xml", CACHE / "test-all.json"
FOLDERS = {
    path.relative_to(TESTS).parts[0]
    for path in TESTS.glob("*/**/*.py")
    if "mark.full" in path.read_text(encoding="utf-8")
}
COMMANDS = {
    "lowest": ["hatch", "run", "lowest"],
    "pythons": [sys.executable, "tools/everywhere.py"],
}


def main() -> int:
    """Announce the subjects, run them, and record the seconds."""
    subjects = sys.argv[1:] or [*sorted(FOLDERS), *COMMANDS]
    if unknown := {*subjects} - FOLDERS - COMMANDS.keys():
        sys.exit(f"no such subject: {unknown}; there are {sorted(FOLDERS | COMMANDS.keys())}")
    CACHE.mkdir(exist_ok=True)
    seconds = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    for each in subjects:
        took = f"{seconds[each]:,.0f} s last time" if each in seconds else "not run yet"
        print(f"{each:<16} {took}", flush=True)
    failed = False
    if folders := [each for each in subjects if each in FOLDERS]:
        options = ["-n", "auto", "-m", "full and not soak", f"--junitxml={REPORT}"]
        failed |= run(sys.executable, "-m", "pytest", *options, *(f"tests/{f}" for f in folders))
        seconds |= dict.fromkeys(folders, 0.0)
        for case in ElementTree.parse(REPORT).iter("testcase"):  # noqa: S314, it is our own
            seconds[case.attrib["classname"].split(".")[1]] += float(case.attrib["time"])
    for each in (each for each in subjects if each in COMMANDS):
        start = time.monotonic()
        failed |= run(*COMMANDS[each])
        seconds[each] = time.monotonic() - start
    RECORD.write_text(json.dumps(seconds, indent=1), encoding="utf-8")
    return failed


def run(*command: str) -> bool:
    """Run a command in the repository, and return whether it failed."""
    return subprocess.run(command, cwd=REPOSITORY, check=False).returncode != 0


if __name__ == "__main__":
    sys.exit(main())
