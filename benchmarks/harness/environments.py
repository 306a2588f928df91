"""The virtual environments of what is compared, made on first use under .cache/."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".cache" / "benchmarks"
OURS = ("arp-core", "arp-daemon", "arp-runtime", "arp-server")

ENVIRONMENTS: dict[str, tuple[str, ...]] = {
    "sdk": (*OURS, "pyperf"),
    "sdk async": (*OURS, "aiohttp", "pyperf"),
    "sdk alone": ("arp-core", "arp-daemon"),
    "peer": ("arp-standard-py==0.1.0", "pyperf"),
    "peer alone": ("arp-standard-py==0.1.0",),
    "requests": ("requests", "msgspec"),
    "httpx": ("httpx",),
    "urllib3": ("urllib3>=2", "msgspec", "pyperf"),
    "niquests": ("niquests",),  # replaces urllib3 in whatever environment it enters
    "pydantic": ("pydantic>=2", "pyperf"),
    "bare": ("pyperf",),
    "services": ("arp-core", "arp-server", "uvicorn", "httptools", "uvloop"),
    "kit": ("arp-standard-server==0.3.7", "uvicorn", "httptools", "uvloop"),
    # Of what is measured, the less the server takes the better.
    "server": ("uvloop",),
}

_REDIRECTING = ("PYTHON", "ARP_", "COVERAGE", "VIRTUAL_ENV")


def variables() -> dict[str, str]:
    """Return this process's environment variables without those that change what is measured."""
    return {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(_REDIRECTING) and not name.lower().endswith("_proxy")
    }


def python(name: str) -> Path:
    """Return the interpreter of an environment."""
    return interpreter(folder_of(name))


@lru_cache
def folder_of(name: str) -> Path:
    """Return the folder of an environment, made if it is missing or out of date."""
    folder = FOLDER / name.replace(" ", "-")
    stamp = folder / "made-of"
    wanted = "\n".join([sys.version, *ENVIRONMENTS[name], *_sources(name), *_constraints()])
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"making the environment of {name}", file=sys.stderr, flush=True)
        _make(folder, name)
        stamp.write_text(wanted, encoding="utf-8")
    return folder


def interpreter(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def versions(name: str) -> dict[str, str]:
    """Return the distributions that are installed in an environment."""
    code = (
        "from importlib.metadata import distributions as d;"
        "print(*{f'{x.name} {x.version}' for x in d()}, sep='\\n')"
    )
    done = subprocess.run(
        [python(name), "-c", code], capture_output=True, text=True, check=True, env=variables()
    )
    return dict(line.split(" ", 1) for line in sorted(done.stdout.splitlines()))


def _make(folder: Path, name: str) -> None:
    _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
    # A folder of packages is built again: uv looks at its pyproject.toml alone.
    ours = [argument for own in OURS for argument in ("--reinstall-package", own)]
    wanted = [
        str(ROOT / "packages" / requirement) if requirement in OURS else requirement
        for requirement in ENVIRONMENTS[name]
    ]
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(_constraints()), encoding="utf-8")
    # Compiled, as pip does: no first run has to.
    _uv(
        *("pip", "install", "--quiet", "--compile-bytecode", "--no-sources"),
        *("--constraint", str(constraints), "--python", str(interpreter(folder)), *ours, *wanted),
    )


@lru_cache
def _constraints() -> list[str]:
    """Return the locked versions, so that all environments have the same, and that of the tests."""
    command = ("export", "--frozen", "--all-packages", "--all-extras", "--no-emit-workspace")
    return _uv(*command, "--no-hashes", "--no-annotate", "--no-header", "--quiet").splitlines()


def _uv(*arguments: str) -> str:
    command = [sys.executable, "-m", "uv", *arguments]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def _sources(name: str) -> list[str]:
    """Return a digest of each package of ours that the environment holds."""
    found: list[str] = []
    for package in OURS:
        if package in ENVIRONMENTS[name]:
            digest = hashlib.sha256()
            for path in sorted((ROOT / "packages" / package).rglob("*")):
                if path.suffix in (".py", ".toml", ".typed"):
                    digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
            found.append(f"{package} {digest.hexdigest()}")
    return found
