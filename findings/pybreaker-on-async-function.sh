#!/usr/bin/env bash
# A circuit breaker of pybreaker on an asynchronous function counts nothing and never opens.
#
# Versions: pybreaker 1.4.1, circuitbreaker 2.1.3, purgatory 3.0.1, Python 3.11.
# Guess: the decorator counts the failures of an `async def` as well, or refuses to decorate it.
# Why it is a good guess: it accepts the function, pybreaker has a `call_async` as well as `call`, and
#   the decorators of circuitbreaker and purgatory open after two failures.
# Actual behavior: calling the function, which only makes the coroutine, counts as a success. The
#   failures when it is awaited pass by the breaker: it stays closed, with a counter of 0, and each call
#   of the dependency that is down goes through. (`call_async` is for Tornado's coroutines.)
# Output seen (calls that reached the dependency, of 6): pybreaker 6 (closed, 0 failures),
#   circuitbreaker 2, purgatory 2
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    pybreaker==1.4.1 circuitbreaker==2.1.3 purgatory==3.0.1
"$dir/venv/bin/python" - <<'PY'
import asyncio

import circuitbreaker
import purgatory
import pybreaker

breaker = pybreaker.CircuitBreaker(fail_max=2, reset_timeout=60)
factory = purgatory.AsyncCircuitBreakerFactory(default_threshold=2, default_ttl=60)
reached = {}


def dependency(name, decorator):
    reached[name] = 0

    @decorator
    async def call():
        reached[name] += 1
        raise ConnectionError

    return call


async def main():
    functions = [
        dependency("pybreaker", breaker),
        dependency("circuitbreaker", circuitbreaker.circuit(failure_threshold=2)),
        dependency("purgatory", factory("dependency")),
    ]
    for function in functions:
        for _ in range(6):
            try:
                await function()
            except Exception:
                pass


asyncio.run(main())
print(
    f"pybreaker {reached['pybreaker']} ({breaker.current_state}, {breaker.fail_counter} failures), "
    f"circuitbreaker {reached['circuitbreaker']}, purgatory {reached['purgatory']}"
)
assert reached == {"pybreaker": 6, "circuitbreaker": 2, "purgatory": 2}
assert (breaker.current_state, breaker.fail_counter) == ("closed", 0)
PY
