#!/usr/bin/env bash
# The newest aioresponses installs beside the newest aiohttp, and then every mocked call fails.
#
# Versions: aioresponses 0.7.9, aiohttp 3.14.5 (and 3.13.3 for comparison), Python 3.11.
# Guess: `pip install aioresponses aiohttp` gives a pair that works; the metadata of aioresponses
#   allows any aiohttp before 4.
# Why it is a good guess: pip reports no conflict, and aioresponses is the usual mock for aiohttp.
# Actual behavior: aioresponses constructs aiohttp's ClientResponse itself, and 3.14 requires an
#   argument that it does not give. Each mocked request raises TypeError, which code that catches
#   aiohttp.ClientError does not expect. An upgrade of aiohttp breaks the tests, not the program.
# Output seen: 3.14.5: TypeError ... missing 1 required keyword-only argument: 'stream_writer'
#   3.13.3: 200 mocked
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat > "$dir/mocked.py" <<'PY'
import asyncio

import aiohttp
from aioresponses import aioresponses


async def main():
    with aioresponses() as mock:
        mock.get("http://service.test/", body="mocked")
        async with aiohttp.ClientSession() as session:
            async with session.get("http://service.test/") as response:
                return f"{response.status} {await response.text()}"


try:
    print(asyncio.run(main()))
except TypeError as error:
    print("TypeError", error)
PY
python3 -m venv "$dir/venv"
pip() { "$dir/venv/bin/pip" --disable-pip-version-check "$@"; }
pip install --quiet aioresponses==0.7.9 aiohttp==3.14.5
pip check
current=$("$dir/venv/bin/python" "$dir/mocked.py")
pip install --quiet aiohttp==3.13.3
previous=$("$dir/venv/bin/python" "$dir/mocked.py")
echo "3.14.5: $current"
echo "3.13.3: $previous"
[[ $current == "TypeError "*"stream_writer"* ]]
[[ $previous == "200 mocked" ]]
