#!/usr/bin/env bash
# Retry decorators on a generator either never repeat anything, or deliver items twice.
#
# Versions: tenacity 9.2.1, backoff 2.2.1, stamina 26.1.0, Python 3.11.
# Guess: a retry decorator that cannot repeat a stream refuses a generator function, as each of these
#   libraries treats `async def` on its own.
# Why it is a good guess: streaming functions are common, and whether an item has been delivered decides
#   if repeating is right; a decorator that has no effect would be a trap.
# Actual behavior: for tenacity and backoff, calling the generator function is the attempt, and always
#   succeeds: a stream that fails before its first item is not repeated either. stamina repeats the
#   iteration from the start, as it documents, and the caller gets the items of failed attempts as well.
# Output seen (attempts, items; the stream "a b" fails before its first item, or after "a", twice):
#   tenacity 1 failed, 1 a failed; backoff 1 failed, 1 a failed; stamina 3 a b, 3 a a a b
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    tenacity==9.2.1 backoff==2.2.1 stamina==26.1.0
"$dir/venv/bin/python" - <<'PY'
import asyncio
import logging

import backoff
import stamina
import tenacity

logging.disable(logging.CRITICAL)
DECORATORS = {
    "tenacity": tenacity.retry(stop=tenacity.stop_after_attempt(5)),
    "backoff": backoff.on_exception(backoff.constant, ConnectionError, max_tries=5, interval=0),
    "stamina": stamina.retry(on=ConnectionError, attempts=5, wait_initial=0, wait_max=0),
}


async def consumed(decorator, items_before_failure):
    attempts = 0

    @decorator
    async def stream():
        nonlocal attempts
        attempts += 1
        for number, item in enumerate("ab"):
            if number == items_before_failure and attempts < 3:
                raise ConnectionError
            yield item

    items = []
    try:
        async for item in stream():
            items.append(item)
    except ConnectionError:
        items.append("failed")
    return f"{attempts} {' '.join(items)}"


async def main():
    return {
        name: [await consumed(decorator, count) for count in (0, 1)]
        for name, decorator in DECORATORS.items()
    }


found = asyncio.run(main())
print("; ".join(f"{name} {', '.join(each)}" for name, each in found.items()))
assert found["tenacity"] == found["backoff"] == ["1 failed", "1 a failed"]
assert found["stamina"] == ["3 a b", "3 a a a b"]
PY
