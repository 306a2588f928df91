"""The programs of the reference page."""

from __future__ import annotations

import os
import re
from pathlib import Path

from first_party.environment import REPOSITORY

PAGE_VARIABLE = "ARP_REFERENCE_PAGE"
PAGE = Path(
    os.environ.get(PAGE_VARIABLE) or REPOSITORY.parent / "shared" / "reference" / "python-sdk.md"
)
NO_PAGE = f"there is no reference page at {PAGE}: name the file in {PAGE_VARIABLE}"
PLACEHOLDER = "http://<daemon-host>:<port>"
FENCED = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def programs_of_the_page() -> list[str]:
    """The programs that talk to a daemon, whose address is left out."""
    fenced = FENCED.findall(PAGE.read_text(encoding="utf-8"))
    return [program for program in fenced if PLACEHOLDER in program]
