from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from arp_sdk.errors import ArpError
from arp_sdk.schema import decode_json

T = TypeVar("T")

_LAYOUT = 1
_FOREIGN = "It is not a state file: use another file."
_ADVICE = {
    "unable to open": "Check its folder and its permissions.",
    "readonly": "Check its permissions.",
    "full": "Free some disk space, then try again.",
    "disk I/O": "Check the disk, then try again.",
    "locked": "It is in use: stop the other sandbox, or use another file.",
    "not a database": _FOREIGN,
    "no such": _FOREIGN,
}
_DAMAGED = "It is damaged: restore a copy, or delete it to start without state."


class StateFileError(ArpError):
    """A state file cannot be used. The message says why, and what to do."""


class Store:
    """A store that keeps nothing, for services that live as long as their process."""

    def put(self, kind: str, key: str, value: bytes) -> None:
        """Keep a value, in place of any other of the same kind and key."""

    def delete(self, kind: str, key: str) -> None:
        """Delete a value."""

    def all(self, kind: str, type_: type[T]) -> list[tuple[str, T]]:  # noqa: ARG002
        """Return the keys and values of a kind, oldest first."""
        return []

    def transaction(self) -> AbstractContextManager[None]:
        """Keep all changes inside, or none."""
        return nullcontext()

    def loading(self) -> AbstractContextManager[None]:
        """Report any failure to understand the values as damage to the file."""
        return nullcontext()

    def close(self) -> None:
        """Close the file."""


class FileStore(Store):
    """A store in a SQLite file, which one process at a time may use.

    A value survives the end of the process as soon as `put` returns. It may not survive a power
    failure, because nothing waits for the disk. Every method raises StateFileError on failure.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            # SQLite gives its other files, -wal and -shm, the same permissions.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=0.5)
        except (OSError, ValueError, sqlite3.Error) as error:
            raise StateFileError(f"The state file {path} cannot be opened: {error}") from None
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        self._execute("PRAGMA locking_mode = EXCLUSIVE")
        self._execute("PRAGMA journal_mode = WAL")
        self._execute("PRAGMA synchronous = NORMAL")
        ((layout,),) = self._execute("PRAGMA user_version")
        if layout not in (0, _LAYOUT):
            message = f"The state file {self._path} was written by another version of the sandbox."
            raise StateFileError(f"{message} Use that version, or another file.")
        with self.transaction():
            # An existing file is not written to, so that it opens on a full disk.
            if layout == 0:
                if self._execute("SELECT name FROM sqlite_master"):
                    raise self._error("it is not a database of a sandbox")
                self._execute(
                    "CREATE TABLE kept (position INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT "
                    "NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, UNIQUE (kind, key))"
                )
                self._execute(f"PRAGMA user_version = {_LAYOUT}")
        ((found,),) = self._execute("PRAGMA quick_check(1)")
        if found != "ok":
            raise self._error(found)

    def put(self, kind: str, key: str, value: bytes) -> None:
        self._execute(
            "INSERT INTO kept (kind, key, value) VALUES (?, ?, ?) "
            "ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
            (kind, key, value),
        )

    def delete(self, kind: str, key: str) -> None:
        self._execute("DELETE FROM kept WHERE kind = ? AND key = ?", (kind, key))

    def all(self, kind: str, type_: type[T]) -> list[tuple[str, T]]:
        query = "SELECT key, value FROM kept WHERE kind = ? ORDER BY position"
        with self.loading():
            rows = self._execute(query, (kind,))
            return [(key, decode_json(value, type_)) for key, value in rows]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
            self._execute("COMMIT")
        except BaseException:
            # SQLite has already rolled back after some errors.
            if self._connection.in_transaction:
                self._execute("ROLLBACK")
            raise

    @contextmanager
    def loading(self) -> Iterator[None]:
        try:
            yield
        except (StateFileError, OSError):
            raise
        except Exception as error:
            raise self._error(error) from error

    def close(self) -> None:
        self._connection.close()

    def _execute(self, statement: str, values: Sequence[str | bytes] = ()) -> list[Any]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except (sqlite3.Error, ValueError) as error:  # SQLite quotes damage that is not UTF-8
            raise self._error(error) from None

    def _error(self, reason: object) -> StateFileError:
        text = str(reason)
        advice = next((advice for part, advice in _ADVICE.items() if part in text), _DAMAGED)
        return StateFileError(f"The state file {self._path} cannot be used: {text}. {advice}")
