"""Coverage-guided fuzzing of responses.

It needs `pip install atheris`, and runs from the folder `tests`:

    python -m fuzz.atheris_responses -max_total_time=120 [corpus folder]
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

_INSTRUMENTED = ("arp_sdk", "requests.utils", "urllib3.util.retry", "urllib.parse", "http.cookies")
_HEADERS = ("Content-Type", "Location", "Retry-After", "Set-Cookie", "X-Other", "WWW-Authenticate")


def main() -> None:
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=list(_INSTRUMENTED)):
        targets = importlib.import_module("fuzz.targets").TARGETS
        offline = importlib.import_module("fuzz.offline")
        oracle = importlib.import_module("fuzz.oracle")
        core = importlib.import_module("arp_sdk.core")

    def one(data: bytes) -> None:
        source = atheris.FuzzedDataProvider(data)
        target = targets[source.ConsumeIntInRange(0, len(targets) - 1)]
        plan = []
        for left in range(source.ConsumeIntInRange(0, 2), -1, -1):
            status = target.status if source.ConsumeBool() else source.ConsumeIntInRange(100, 599)
            count = source.ConsumeIntInRange(0, 3)
            headers = [
                (
                    _HEADERS[source.ConsumeIntInRange(0, len(_HEADERS) - 1)],
                    source.ConsumeBytes(source.ConsumeIntInRange(0, 40)).decode("latin-1"),
                )
                for _ in range(count)
            ]
            cuts = source.ConsumeIntListInRange(source.ConsumeIntInRange(0, 2), 0, 400)
            size = source.remaining_bytes() // (left + 1)
            body = source.ConsumeBytes(size)
            if target.streams and source.ConsumeBool():
                headers.append(("Content-Type", "text/event-stream"))
            plan.append(offline.Planned(status, headers, body, cuts, source.ConsumeBool()))
        script = offline.Script(target.operation, plan)
        retries = core.Retries(limit=1, backoff=0, retry_after_limit=0)
        client = script.client(target.client, auth="token", retries=retries)
        value = oracle.settle(lambda: target.call(client), target.type)
        if target.type is not None and not target.streams and not isinstance(value, Exception):
            oracle.check_agreement(value, script.shown[-1].body)

    with tempfile.TemporaryDirectory() as seeds:
        for number, target in enumerate(targets):
            Path(seeds, str(number)).write_bytes(target.body + b"\0" * 8 + bytes([number]))
        atheris.Setup([*sys.argv, seeds], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
