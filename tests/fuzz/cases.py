"""How many cases are run, and how."""

from __future__ import annotations

import os
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, settings

CI_CASES = 10_000
TOTAL = int(os.environ.get("ARP_FUZZ_CASES", CI_CASES))
RANDOM = "ARP_FUZZ_RANDOM" in os.environ


@dataclass
class Tally:
    """The cases of one test."""

    cases: int = 0


def share(part: float) -> settings:
    """Settings for a test that runs this part of all cases."""
    return settings(
        max_examples=max(1, round(TOTAL * part)),
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
