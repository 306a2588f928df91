from __future__ import annotations

from collections.abc import Iterator

import msgspec

from arp_sdk.models import RunRequest, RunState, RunStatus
from arp_sdk.sandbox._state.state_file import Store

from .run import Run, RunRecord


class RunBook:
    """The runs of one runtime. A run that it has accepted is kept from then on.

    Args:
        scope: The name of the runtime in the store.
        store: Where they are kept.
    """

    def __init__(self, scope: str, store: Store) -> None:
        self._kind = f"run:{scope}"
        self._store = store
        self._runs: dict[str, Run] = {}
        for run_id, record in store.read(self._kind, RunRecord):
            self._runs[run_id] = Run(record, self._save)

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs.values())

    def get(self, run_id: str) -> Run | None:
        """The run, or None where it is unknown."""
        return self._runs.get(run_id)

    def accept(self, run_id: str, request: RunRequest) -> Run:
        """Enter a new run, which waits to be started."""
        status = RunStatus(run_id=run_id, state=RunState.QUEUED)
        run = self._runs[run_id] = Run(RunRecord(request, status), self._save)
        self._save(run)
        return run

    def _save(self, run: Run) -> None:
        self._store.put(self._kind, run.run_id, msgspec.json.encode(run.record))
