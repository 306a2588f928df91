"""What is generated is always the same, and `--check` tells when a file is not that."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.places import CONTRACTS, OURS
from codegen.runs import run

OPERATIONS = "packages/arp-shop/src/arp_sdk/shop/_operations.py"


def _files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tiny")
    done = run("--spec", CONTRACTS / "tiny", "--out", out)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("contract", [CONTRACTS / "kitchen_sink", OURS], ids=lambda p: p.name)
def test_two_runs_with_other_hashes_write_the_same_bytes(contract: Path, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        done = run("--spec", contract, "--out", tmp_path / seed, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr

    first, second = _files(tmp_path / "1"), _files(tmp_path / "2")

    assert len(first) > 15
    assert first == second


def test_a_second_run_changes_nothing(generated: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(generated, tmp_path / "copy")
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*") if path.is_file()}

    assert run("--spec", CONTRACTS / "tiny", "--out", copy).returncode == 0
    after = {path: path.stat().st_mtime_ns for path in copy.rglob("*") if path.is_file()}
    assert after == before


def test_the_committed_packages_are_what_the_contract_makes() -> None:
    done = run("--check")

    assert done.returncode == 0, done.stdout


def test_no_difference_is_no_output(generated: Path) -> None:
    done = run("--spec", CONTRACTS / "tiny", "--out", generated, "--check")

    assert (done.returncode, done.stdout) == (0, "")


def _edit(root: Path) -> str:
    path = root / OPERATIONS
    path.write_text(path.read_text(encoding="utf-8").replace('"GET"', '"PUT"'), encoding="utf-8")
    return '-    "PUT",'


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
    stale = root / "packages/arp-gone/src/arp_sdk/gone/_operations.py"
    stale.parent.mkdir(parents=True)
    shutil.copy(root / OPERATIONS, stale)
    shutil.copy(root / "packages/arp-shop/pyproject.toml", root / "packages/arp-gone")
    return "--- packages/arp-gone/src/arp_sdk/gone/_operations.py (there)"


def _leave_in_a_package(root: Path) -> str:
    shutil.copy(root / OPERATIONS, (root / OPERATIONS).with_name("_older.py"))
    return "--- packages/arp-shop/src/arp_sdk/shop/_older.py (there)"


@pytest.mark.parametrize(
    "change", [_edit, _delete, _delete_empty, _delete_seed, _leave, _leave_in_a_package]
)
def test_a_difference_is_shown_and_then_repaired(
    change: Callable[[Path], str], generated: Path, tmp_path: Path
) -> None:
    arguments = ("--spec", CONTRACTS / "tiny", "--out", tmp_path / "copy")
    copy = shutil.copytree(generated, tmp_path / "copy")
    shown = change(copy)
    changed = _files(copy)

    done = run(*arguments, "--check")

    assert done.returncode == 1
    assert shown in done.stdout.splitlines()
    assert _files(copy) == changed
    assert run(*arguments).returncode == 0
    assert run(*arguments, "--check").returncode == 0
    assert _files(copy) == _files(generated)


def test_what_is_kept_by_hand_stays(generated: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(generated, tmp_path / "copy")
    version = (copy / OPERATIONS).with_name("_version.py")
    version.write_text('__version__ = "7.0.0"\n', encoding="utf-8")
    by_hand = version.with_name("extra.py")
    by_hand.write_text("ANSWER = 42\n", encoding="utf-8")

    other = copy / "packages/arp-other/src/arp_sdk/other/generated.py"
    other.parent.mkdir(parents=True)
    shutil.copy(copy / OPERATIONS, other)

    assert run("--spec", CONTRACTS / "tiny", "--out", copy).returncode == 0

    assert other.exists()
    assert version.read_text(encoding="utf-8") == '__version__ = "7.0.0"\n'
    assert by_hand.exists()
