#!/usr/bin/env bash
# With @seed, Hypothesis draws other values when the program has imported another module of its own.
#
# Versions: hypothesis 6.170.17, Python 3.11.
# Guess: `@seed(1)` without an example database draws the same values in each process, whatever else
#   the program has imported and does not use.
# Why it is a good guess: the seed is there to repeat a run, and the strategy, the settings and the
#   version are the same.
# Actual behavior: the literals in the source of imported modules that are not installed packages
#   are among the values that are drawn, so that one more import, or an edit of an imported file,
#   changes the sequence. A failure that is reported with its seed may not come back in a smaller
#   program.
# Output seen: {'same imports': True, 'one more import': False, 'its literal is drawn': True}
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check hypothesis==6.170.17
cat > "$dir/draw.py" <<'PY'
import json
import sys

from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

if len(sys.argv) > 1:
    __import__(sys.argv[1])
drawn = []


@seed(1)
@settings(max_examples=200, database=None, phases=[Phase.generate])
@given(st.text())
def test(text):
    drawn.append(text)


test()
print(json.dumps(drawn))
PY
echo 'NAME = "zebra crossing"' > "$dir/unused.py"
cd "$dir"
venv/bin/python - <<'PY'
import json
import subprocess
import sys


def draw(*arguments):
    command = [sys.executable, "draw.py", *arguments]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


first, again, other = draw(), draw(), draw("unused")
got = {
    "same imports": first == again,
    "one more import": first == other,
    "its literal is drawn": "zebra crossing" in other,
}
print(got)
assert got == {"same imports": True, "one more import": False, "its literal is drawn": True}, got
PY
