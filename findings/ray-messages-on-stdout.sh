#!/usr/bin/env bash
# A program that uses Ray finds messages of Ray in its standard output, also with log_to_driver=False.
#
# Versions: ray 2.60.0, Python 3.11, Linux.
# Guess: with ray.init(log_to_driver=False), the standard output has only what the program prints, even
#   if a worker dies and its call is repeated.
# Why it is a good guess: the option is described as whether the output of worker processes is sent to
#   the driver, Ray logs its own messages to the standard error, and programs write results to the
#   standard output.
# Actual behavior: "(raylet) A worker died or was killed ..." and "Task ... failed. There are 1 retries
#   remaining" are printed to the standard output. A program that writes JSON lines has to redirect it.
# Output seen: standard output: 3 lines, 2 of them not the program's; standard error: 0 of them
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check ray==2.60.0
cat > "$dir/program.py" <<'PY'
import os
import sys
from pathlib import Path

import ray


class Worker:
    def work(self, marker: str) -> str:
        if not Path(marker).exists():
            Path(marker).touch()
            os._exit(1)
        return "done"


with ray.init("local", num_cpus=1, include_dashboard=False, log_to_driver=False):
    worker = ray.remote(max_restarts=1, max_task_retries=1)(Worker).remote()
    print(ray.get(worker.work.remote(sys.argv[1])))
PY
# Ray keeps a token in the home folder.
HOME="$dir" "$dir/venv/bin/python" "$dir/program.py" "$dir/marker" > "$dir/out" 2> "$dir/err"
lines=$(wc -l < "$dir/out")
foreign=$(grep -c '(raylet)' "$dir/out" || true)
logged=$(grep -c '(raylet)' "$dir/err" || true)
echo "standard output: $lines lines, $foreign of them not the program's; standard error: $logged of them"
grep -qx done "$dir/out"
test "$foreign" -gt 0
