"""The parts of a contract that are left out, because the pipeline does not support them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import ContractError


class Omissions:
    """Collects the operations that `--partial` leaves out.

    Args:
        allowed: Whether to leave anything out, instead of rejecting the contract.
    """

    def __init__(self, allowed: bool) -> None:
        self.allowed = allowed
        self._reasons: dict[str, ContractError] = {}

    @property
    def reasons(self) -> tuple[str, ...]:
        """What was left out, each with the location and the message of its error."""
        return tuple(f"{what}: {error}" for what, error in self._reasons.items())

    @contextmanager
    def of(self, what: str = "") -> Iterator[None]:
        """Leave out what an error in the block concerns, if that is allowed.

        Args:
            what: Its name in the list, or empty for what is only left out if nothing uses it.
        """
        try:
            yield
        except ContractError as error:
            if not self.allowed:
                raise
            if what:
                self._reasons.setdefault(what, error)
