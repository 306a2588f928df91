"""Stage 5: write the files, or compare them with the existing ones."""

from __future__ import annotations

import difflib
from pathlib import Path, PurePosixPath

from pipeline.load.manifest import Manifest
from pipeline.render.templating import HEADER

Files = dict[PurePosixPath, str]


def write(root: Path, generated: Files, seeds: Files, manifest: Manifest) -> None:
    """Write the generated files, remove stale ones, and add seeds that are missing."""
    for path in _stale(root, generated, manifest):
        path.unlink()
    for name, text in {**_missing(root, seeds), **generated}.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")


def differences(root: Path, generated: Files, seeds: Files, manifest: Manifest) -> str:
    """Return the changes that `write` would make, as a unified diff; empty for none."""
    wanted: dict[Path, str] = {root / name: text for name, text in generated.items()}
    wanted |= {root / name: text for name, text in _missing(root, seeds).items()}
    wanted |= dict.fromkeys(_stale(root, generated, manifest), "")
    parts: list[str] = []
    for path in sorted(wanted):
        existing = path.read_text(encoding="utf-8") if path.exists() else ""
        name = str(path.relative_to(root))
        diff = difflib.unified_diff(
            existing.splitlines(keepends=True),
            wanted[path].splitlines(keepends=True),
            f"{name} (existing)",
            f"{name} (generated)",
        )
        parts.extend(diff)
        if not path.exists() and not wanted[path]:
            parts.append(f"missing: {name}\n")
    return "".join(parts)


def _missing(root: Path, seeds: Files) -> Files:
    return {name: text for name, text in seeds.items() if not (root / name).exists()}


def _stale(root: Path, generated: Files, manifest: Manifest) -> list[Path]:
    """Return files with our header that are no longer generated, in packages of this project."""
    kept = {root / name for name in generated}
    ours = {root / PurePosixPath(*name.parts[:2]) for name in generated}
    folders = {path.parent for path in kept}
    found: list[Path] = []
    for package in sorted(root.glob(f"packages/{manifest.prefix}-*")):
        source = package / "src"
        namespace = source.joinpath(*manifest.namespace.split("."))
        # Another line of ours has a longer prefix, and its packages one level deeper.
        if source.is_dir() and not any(namespace.glob("*/*.py")):
            continue
        settings = package / "pyproject.toml"
        # The package of a service that the contract no longer has was generated as a whole.
        if package not in ours and not _is_generated(settings):
            continue
        for path in (*sorted(package.glob("src/**/*.py")), settings):
            # The commands of another line are in a folder of their own.
            if "_generated" in path.parts and path.parent not in folders:
                continue
            if path not in kept and _is_generated(path):
                found.append(path)
    return found


def _is_generated(path: Path) -> bool:
    return path.is_file() and HEADER in path.read_text(encoding="utf-8")
