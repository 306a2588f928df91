"""Where the services keep what must outlive them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

from arp_sdk.errors import ArpDecodeError
from arp_sdk.schema import decode_json

T = TypeVar("T")

_LAYOUT = 1


class StateFileError(Exception):
    """A state file cannot be used."""


class Store:
    """Keeps nothing: the state of services that live as long as their process."""

    def put(self, kind: str, key: str, value: bytes) -> None:
        """Keep a value; one that was there under the key is replaced and keeps its place."""

    def delete(self, kind: str, key: str) -> None:
        """Forget a value."""

    def all(self, kind: str) -> list[tuple[str, bytes]]:
        """The keys and values of a kind, in the order in which they were first kept."""
        del kind
        return []

    def read(self, kind: str, type_: type[T]) -> list[tuple[str, T]]:
        """The same, with the values read as a type.

        Raises:
            StateFileError: If one is not of the type.
        """
        try:
            return [(key, decode_json(value, type_)) for key, value in self.all(kind)]
        except ArpDecodeError as error:
            raise StateFileError(f"the state holds what cannot be read: {error}") from None

    def transaction(self) -> AbstractContextManager[None]:
        """Let what is put and deleted inside be kept together or not at all."""
        return nullcontext()

    def close(self) -> None:
        """Let go of the file."""


class FileStore(Store):
    """Keeps values in a SQLite file, which one process at a time may use.

    What `put` has returned from survives the end of the process, however it ends. It does not
    promise to survive a power failure: nothing waits for the disk.

    Args:
        path: The file; it is made when it is missing.

    Raises:
        StateFileError: If it is in use, or is no such file.
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
            raise StateFileError(f"{path} is in use, or no state of a sandbox: {error}") from None
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

    def all(self, kind: str) -> list[tuple[str, bytes]]:
        rows = self._connection.execute(
            "SELECT key, value FROM kept WHERE kind = ? ORDER BY position", (kind,)
        )
        return [(key, value) for key, value in rows]

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
