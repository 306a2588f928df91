"""Origin and proxy in a process of their own: `python -m faults.servers RATE SEED`.

So that memory, threads and descriptors of the test's process are the client's alone. It prints
where it is, waits for a line on its standard input or for its end, and prints what happened.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.chance import Chance
from faults.origin import Origin
from faults.proxy import Proxy

TESTS = Path(__file__).parent.parent


@dataclass
class Servers:
    """The process, as its starter sees it.

    Attributes:
        url: Where the proxy is.
        effects: How often each effect was had, once `stop` was called.
        requests: How many requests came, once `stop` was called.
        met: How often each fault was met, once `stop` was called.
    """

    url: str
    process: subprocess.Popen[str]
    effects: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    met: dict[str, int] = field(default_factory=dict)

    def stop(self) -> None:
        """Stop it, and have it say what happened."""
        out, _ = self.process.communicate("stop\n", timeout=60)
        said: dict[str, Any] = json.loads(out)
        self.effects, self.requests, self.met = said["effects"], said["requests"], said["met"]


@contextmanager
def servers(rate: float, seed: int) -> Iterator[Servers]:
    """Start the process, and see to it that it ends."""
    command = [sys.executable, "-m", "faults.servers", str(rate), str(seed)]
    with subprocess.Popen(
        command, cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield Servers(process.stdout.readline().strip(), process)
        finally:
            process.kill()


def _serve(rate: float, seed: int) -> None:
    origin, chance = Origin(), Chance(rate, seed)
    for number in range(KNOWN_RUNS):
        origin.add_run(known_run(number))
    proxy = Proxy(origin.address)
    proxy.plan = chance
    _say(proxy.url)
    sys.stdin.readline()
    proxy.close()
    origin.close()
    said = {"effects": origin.effects, "requests": chance.requests, "met": chance.met}
    _say(json.dumps(said))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


KNOWN_RUNS = 100


def known_run(number: int) -> str:
    """The id of a run that there is from the start."""
    return f"known-{number % KNOWN_RUNS}"


if __name__ == "__main__":
    _serve(float(sys.argv[1]), int(sys.argv[2]))
