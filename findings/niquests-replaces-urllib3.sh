#!/usr/bin/env bash
# Installing niquests replaces urllib3 for everything in the environment; uninstalling it breaks requests.
#
# Versions: niquests 3.21.2 (which brings urllib3-future 2.25.904), urllib3 2.8.0, requests 2.34.2,
#   Python 3.11.
# Guess: urllib3-future lives beside urllib3 under its own name, and uninstalling what was installed
#   leaves the environment as it was.
# Why it is a good guess: there is an import name of its own, urllib3_future, as niquests is beside
#   requests, and pip names a distribution after what it installs.
# Actual behavior: its wheel has a folder urllib3 as well, which overwrites that of urllib3, and a .pth
#   file that repeats this when Python starts. requests, botocore and others then run on another HTTP
#   stack, which patches and subclasses of urllib3's connections do not fit. pip still lists urllib3
#   2.8.0, and `pip check` is content. After `pip uninstall niquests urllib3-future`, most files of
#   urllib3 are gone and requests cannot be imported, while pip still lists both;
#   `pip install --force-reinstall urllib3` repairs it.
# Output seen: before 2.8.0; with niquests 2.25.904, pip says 2.8.0; uninstalled: ModuleNotFoundError,
#   pip says 2.8.0
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
pip() { "$dir/venv/bin/python" -m pip --disable-pip-version-check "$@"; }
listed() { pip list --format=freeze 2> /dev/null | sed -n 's/^urllib3==//p'; }
imported() {
    "$dir/venv/bin/python" -c "import requests, urllib3; print(urllib3.__version__)" 2>&1 |
        tail -1 || true
}

pip install --quiet requests==2.34.2 urllib3==2.8.0
before=$(imported)
pip install --quiet niquests==3.21.2 urllib3-future==2.25.904
during=$(imported)
pip check
listed_during=$(listed)
pip uninstall --quiet --yes niquests urllib3-future
after=$(imported)
pip check
listed_after=$(listed)

echo "before $before; with niquests $during, pip says $listed_during;" \
    "uninstalled: ${after%%:*}, pip says $listed_after"
test "$before" = 2.8.0
test "$during" = 2.25.904
test "$listed_during" = 2.8.0
test "${after%%:*}" = ModuleNotFoundError
test "$listed_after" = 2.8.0
