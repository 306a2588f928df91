"""A damaged state file ends in StateFileError with advice, and in no other exception."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from arp_sdk.errors import ArpError
from arp_sdk.models import InstanceRegisterRequest, RuntimeProfileUpsertRequest
from arp_sdk.sandbox import Sandbox, StateFileError
from sandbox.runs import ended, run_request
from support.clients import DaemonClient


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state file with something of every kind."""
    file = tmp_path_factory.mktemp("state") / "original"
    with Sandbox(state=file, latency=0) as box, DaemonClient(box.daemon_url) as daemon:
        request = InstanceRegisterRequest(runtime_api_endpoint=box.runtime_url)
        instance = daemon.register_instance(request).instance
        daemon.upsert_runtime_profile("mine", RuntimeProfileUpsertRequest(description="x"))
        for number in range(20):
            ended(daemon, daemon.submit_run(run_request(f"echo {number}", f"run_{number}")).run_id)
        remote = run_request("hello", "remote", instance_id=instance.instance_id)
        ended(daemon, daemon.submit_run(remote).run_id)
    return file


@pytest.fixture
def file(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(original, tmp_path / "state"))


def opens(file: Path) -> bool:
    """Try to start a sandbox; if it does not start, check the error."""
    try:
        with Sandbox(state=file, latency=0) as box, DaemonClient(box.daemon_url) as daemon:
            daemon.list_runs()
        return True
    except StateFileError as caught:
        error = caught
    advice = str(error).rpartition(". ")[2]
    assert isinstance(error, ArpError)
    assert str(file) in str(error)
    assert "use another file." in advice or "restore a copy" in advice
    return False


def change(file: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute(statement, values).rowcount
        connection.commit()


def test_undamaged(file: Path) -> None:
    assert opens(file)


def test_random_damage(file: Path, original: Path) -> None:
    data = original.read_bytes()
    chance = random.Random(1)
    opened = 0
    for _ in range(60):
        damaged = bytearray(data)
        for _ in range(chance.choice([1, 8, 64])):
            place = chance.randrange(len(damaged))
            damaged[place : place + 8] = chance.randbytes(8)
        file.write_bytes(damaged)
        opened += opens(file)

    assert 0 <= opened < 60


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.99])
def test_truncated(file: Path, original: Path, share: float) -> None:
    size = int(original.stat().st_size * share)
    os.truncate(file, size)

    assert opens(file) is (size == 0)


VALUES: list[object] = [b"", b"{", b"{}", b"null", b"[" * 100_000, b"\xff", 1, None, "{}", 1.5]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize("kind", ["submission", "instance", "profile"])
def test_value_that_is_not_a_record(file: Path, kind: str, value: object) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE other AS SELECT * FROM kept")
        connection.execute("DROP TABLE kept")
        connection.execute("ALTER TABLE other RENAME TO kept")
        connection.execute("UPDATE kept SET value = ? WHERE kind = ?", (value, kind))
        connection.commit()

    assert not opens(file)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM kept WHERE kind LIKE 'run:%'",
        "UPDATE kept SET key = 'x' WHERE key = 'run_3' AND kind = 'submission'",
        "UPDATE kept SET value = replace(value, '127.0.0.1', '192.0.2.1') WHERE kind = 'instance'",
        'UPDATE kept SET value = \'{"instance_id":null,"endpoint":"http://127.0.0.1:1"}\' '
        "WHERE key = 'run_3' AND kind = 'submission'",
    ],
)
def test_records_that_contradict_each_other(file: Path, statement: str) -> None:
    change(file, statement)

    assert not opens(file)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE kept",
        "ALTER TABLE kept RENAME TO x",
        "ALTER TABLE kept RENAME COLUMN value TO v",
    ],
)
def test_other_tables(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(statement)

    with pytest.raises(StateFileError, match="not a state file"):
        Sandbox(state=file).start()


def test_database_of_another_program(tmp_path: Path) -> None:
    file = tmp_path / "other"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE contacts (name TEXT)")
    before = file.read_bytes()

    with pytest.raises(StateFileError, match="not a state file"):
        Sandbox(state=file).start()
    with closing(sqlite3.connect(file)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("contacts",)]
    assert len(file.read_bytes()) == len(before)


@pytest.mark.parametrize("name", [".", "missing/state", "\0", "x" * 300])
def test_path_that_cannot_be_a_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(StateFileError, match="cannot be opened"):
        Sandbox(state=tmp_path / name).start()
