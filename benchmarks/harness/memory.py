"""Memory by tracemalloc, which counts what Python allocates, to the byte."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable


def memory(work: Callable[[], object]) -> dict[str, float]:
    """Return the peak of memory during a function, and what its result holds."""
    gc.collect()
    tracemalloc.start()
    result = work()
    gc.collect()
    retained, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del result
    return {"peak": peak, "retained": retained}
