"""The output is always the same, and `--check` reports each file that differs from it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from codegen.places import CONTRACTS
from codegen.runs import run, run_process

TINY = CONTRACTS / "tiny"
OPERATIONS = "packages/arp-shop/src/arp_sdk/shop/operations.py"


def _files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tiny")
    done = run("--spec", TINY, "--out", out)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.full
def test_a_process_with_other_hashes_writes_the_same_bytes(kitchen_sink: Path) -> None:
    contract, manifest = CONTRACTS / "kitchen_sink", kitchen_sink / "manifest.yaml"
    done = run_process("--spec", contract, "--out", kitchen_sink, "--manifest", manifest, "--check")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_second_run_changes_nothing(generated: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(generated, tmp_path / "copy")
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*") if path.is_file()}

    assert run("--spec", TINY, "--out", copy, "--check").stdout == ""
    assert run("--spec", TINY, "--out", copy).returncode == 0
    after = {path: path.stat().st_mtime_ns for path in copy.rglob("*") if path.is_file()}
    assert after == before


def test_the_committed_packages_are_those_of_the_contract() -> None:
    done = run("--check")

    assert done.returncode == 0, done.stdout


def _edit(root: Path) -> str:
    path = (root / OPERATIONS).with_name("_client.py")
    path.write_text(f"{path.read_text(encoding='utf-8')}# Edited\n", encoding="utf-8")
    return "-# Edited"


def _delete(root: Path) -> str:
    (root / OPERATIONS).unlink()
    return f"+++ {OPERATIONS} (generated)"


def _delete_empty(root: Path) -> str:
    (root / OPERATIONS).with_name("py.typed").unlink()
    return "missing: packages/arp-shop/src/arp_sdk/shop/py.typed"


def _delete_seed(root: Path) -> str:
    (root / "packages/arp-shop/README.md").unlink()
    return "+# arp-shop"


def _leave(root: Path) -> str:
    stale = root / "packages/arp-gone/src/arp_sdk/gone/operations.py"
    stale.parent.mkdir(parents=True)
    shutil.copy(root / OPERATIONS, stale)
    shutil.copy(root / "packages/arp-shop/pyproject.toml", root / "packages/arp-gone")
    return "--- packages/arp-gone/src/arp_sdk/gone/operations.py (existing)"


def _leave_in_a_package(root: Path) -> str:
    shutil.copy(root / OPERATIONS, (root / OPERATIONS).with_name("_older.py"))
    return "--- packages/arp-shop/src/arp_sdk/shop/_older.py (existing)"


def test_differences_are_shown_and_then_repaired(generated: Path, tmp_path: Path) -> None:
    arguments = ("--spec", TINY, "--out", tmp_path / "copy")
    copy = shutil.copytree(generated, tmp_path / "copy")
    shown = [change(copy) for change in (_leave, _leave_in_a_package, _delete_seed, _delete_empty)]
    shown += [_edit(copy), _delete(copy)]
    changed = _files(copy)

    done = run(*arguments, "--check")

    assert done.returncode == 1
    assert [line for line in shown if line not in done.stdout.splitlines()] == []
    assert _files(copy) == changed
    assert run(*arguments).returncode == 0
    assert _files(copy) == _files(generated)


def test_hand_written_files_stay(generated: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(generated, tmp_path / "copy")
    kept = {
        (copy / OPERATIONS).with_name("_version.py"): '__version__ = "7.0.0"\n',
        (copy / OPERATIONS).with_name("extra.py"): "ANSWER = 42\n",
        copy / "packages/arp-shop/README.md": "# By hand\n",
        copy / "packages/arp-standard-py/CHANGELOG.md": "# By hand\n",
    }
    for path, text in kept.items():
        path.write_text(text, encoding="utf-8")
    other = copy / "packages/arp-other/src/arp_sdk/other/generated.py"
    other.parent.mkdir(parents=True)
    shutil.copy(copy / OPERATIONS, other)

    assert run("--spec", TINY, "--out", copy).returncode == 0

    assert other.exists()
    assert {path: path.read_text(encoding="utf-8") for path in kept} == kept
