"""The guide's two programs run, each with its version, and print the same."""

from __future__ import annotations

import re

import pytest

from arp_sdk.sandbox import Sandbox
from migration import environments
from migration.guide import GUIDE

pytestmark = pytest.mark.full

PLACE = "http://127.0.0.1:8000"


def test_they_print_the_same() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    before, after = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    assert PLACE in before and PLACE in after
    printed = []
    for run, program in ((environments.old, before), (environments.new, after)):
        with Sandbox() as box:
            printed.append(run("-c", program.replace(PLACE, box.daemon_url)))
    assert printed == ["True\nTrue\n"] * 2
