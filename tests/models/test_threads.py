"""Threads may use a new model at the same time."""

from __future__ import annotations

import subprocess
import sys

import pytest

# In a process of its own: without a lock, msgspec would read incomplete types, and crash.
PROGRAM = """
import sys
import threading
from arp_sdk.schema import Model, decode_json

THREADS = 8
use = {
    "from_json": lambda type_: type_.from_json(b'{"inner": {"a": 1}, "more": [{"b": "x"}]}'),
    "from_dict": lambda type_: type_.from_dict({"inner": {"a": 1}, "more": [{"b": "x"}]}),
    "in a list": lambda type_: decode_json(b'[{"inner": {"a": 1}, "more": []}]', list[type_]),
    "validate": lambda type_: type_(inner=None, more=[]).validate(),
}[sys.argv[1]]


def fresh():
    class Inner(Model):
        a: int | None = None
        b: str | None = None

    class Outer(Model):
        more: list[Inner]
        inner: Inner | None = None

    return Outer


def work():
    barrier.wait()
    use(model)
    done.append(1)


sys.setswitchinterval(1e-6)
for _ in range(100):
    model, barrier, done = fresh(), threading.Barrier(THREADS), []
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == THREADS
"""


@pytest.mark.parametrize(
    "use",
    [
        "validate",
        pytest.param("from_json", marks=pytest.mark.full),
        pytest.param("from_dict", marks=pytest.mark.full),
        pytest.param("in a list", marks=pytest.mark.full),
    ],
)
def test_threads_can_use_a_new_model_at_the_same_time(use: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", PROGRAM, use],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
