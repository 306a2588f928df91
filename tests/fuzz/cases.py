"""The number of cases, and the settings of hypothesis."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

FULL, SHORT = 10_000, 1_000
RANDOM = "ARP_FUZZ_RANDOM" in os.environ

total = int(os.environ.get("ARP_FUZZ_CASES", FULL))


def share(part: float) -> settings:
    """Return settings for a test that runs this part of all cases."""
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
