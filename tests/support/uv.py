"""The command of uv: the one of this environment, or else the one on PATH."""

from __future__ import annotations

import sys
from importlib.util import find_spec

UV = (sys.executable, "-m", "uv") if find_spec("uv") else ("uv",)
