from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

from arp_sdk.errors import ArpDecodeError, ArpError
from arp_sdk.schema import decode_json

T = TypeVar("T")

_LAYOUT = 1


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

    def close(self) -> None:
        """Close the file."""


class FileStore(Store):
    """A store in a SQLite file, which one process at a time may use.

    A value survives the end of the process as soon as `put` returns. It may not survive a power
    failure, because nothing waits for the disk.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=0.5)
        except sqlite3.Error as error:
            raise StateFileError(f"{path} cannot be opened: {error}") from None
        try:
            self._prepare(path)
        except sqlite3.Error as error:
            self._connection.close()
            message = f"{path} is in use, or not a state file of a sandbox: {error}"
            raise StateFileError(message) from None
        except StateFileError:
            self._connection.close()
            raise

    def _prepare(self, path: Path) -> None:
        execute = self._connection.execute
        execute("PRAGMA locking_mode = EXCLUSIVE")
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = NORMAL")
        (layout,) = execute("PRAGMA user_version").fetchone()
        if layout not in (0, _LAYOUT):
            raise StateFileError(f"{path} was written by another version of the sandbox")
        with self.transaction():
            execute(
                "CREATE TABLE IF NOT EXISTS kept (position INTEGER PRIMARY KEY AUTOINCREMENT, "
                "kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, UNIQUE (kind, key))"
            )
            execute(f"PRAGMA user_version = {_LAYOUT}")

    def put(self, kind: str, key: str, value: bytes) -> None:
        self._connection.execute(
            "INSERT INTO kept (kind, key, value) VALUES (?, ?, ?) "
            "ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
            (kind, key, value),
        )

    def delete(self, kind: str, key: str) -> None:
        self._connection.execute("DELETE FROM kept WHERE kind = ? AND key = ?", (kind, key))

    def all(self, kind: str, type_: type[T]) -> list[tuple[str, T]]:
        rows = self._connection.execute(
            "SELECT key, value FROM kept WHERE kind = ? ORDER BY position", (kind,)
        )
        try:
            return [(key, decode_json(value, type_)) for key, value in rows]
        except ArpDecodeError as error:
            message = f"the state file holds a value that cannot be read: {error}"
            raise StateFileError(message) from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()
