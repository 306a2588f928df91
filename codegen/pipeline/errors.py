"""The error of every layer, and what it leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class ContractError(Exception):
    """The contract is invalid, or has a construct that the pipeline does not support.

    Args:
        where: File and JSON pointer, such as `openapi/pets.openapi.yaml#/paths/~1v1~1pets`.
        what: The fault, and how to avoid it.
    """

    def __init__(self, where: object, what: str) -> None:
        super().__init__(f"{where}: {what}")


class Omissions:
    """Collects the operations that `--partial` leaves out, if that is allowed."""

    def __init__(self, allowed: bool) -> None:
        self.allowed = allowed
        self._reasons: dict[str, ContractError] = {}

    @property
    def reasons(self) -> tuple[str, ...]:
        """Location and message of the error for each part that was left out."""
        return tuple(f"{what}: {error}" for what, error in self._reasons.items())

    @contextmanager
    def of(self, what: str = "") -> Iterator[None]:
        """Leave out what an error in the block concerns, if that is allowed.

        `what` is its name in the list, or empty for what is only left out if nothing uses it.
        """
        try:
            yield
        except ContractError as error:
            if not self.allowed:
                raise
            if what:
                self._reasons.setdefault(what, error)
