"""The number of cases, and the settings of hypothesis."""

from __future__ import annotations

import os
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, settings

SHORT = 500
FULL = int(os.environ.get("ARP_FUZZ_CASES", "10000"))
RANDOM = "ARP_FUZZ_RANDOM" in os.environ

Share = Callable[[float], settings]
"""Makes settings for a test that runs a part of all cases."""


def share(total: int, part: float) -> settings:
    """Return settings for a test that runs a part of all cases."""
    return settings(
        max_examples=max(1, round(total * part)),
        derandomize=not RANDOM,
        database=None,
        deadline=None,
        print_blob=False,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.filter_too_much,
            HealthCheck.large_base_example,
        ],
    )
