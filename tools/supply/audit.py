"""Ask, by pip-audit, what is known against what users install, and against what the lock installs.

It needs a vulnerability service: the index's own, or the one that `--vulnerability-service` names.
Other arguments go to pip-audit, such as `--ignore-vuln ID`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from supply import declared, lock


def main() -> int:
    """Audit both, and fail if either has a known vulnerability or could not be looked up."""
    with tempfile.TemporaryDirectory() as name:
        runtime = Path(name) / "runtime.txt"
        compile_ = ("pip", "compile", "-", "--quiet", "--generate-hashes", "--output-file", runtime)
        wanted = "\n".join(str(each) for each in declared.of_distributions())
        subprocess.run([sys.executable, "-m", "uv", *compile_], input=wanted, text=True, check=True)
        audits = {"what users install": runtime, lock.SHOWN: lock.LOCK}
        return max(_audit(shown, requirements) for shown, requirements in audits.items())


def _audit(shown: str, requirements: Path) -> int:
    print(f"{shown}:", flush=True)
    # Without --strict, a package that the service cannot be asked about would pass.
    options = ("--strict", "--require-hashes", "--disable-pip", "--progress-spinner", "off")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip_audit",
        *options,
        "--requirement",
        requirements,
    ]
    return subprocess.run([*command, *sys.argv[1:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
