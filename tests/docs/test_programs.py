"""The programs on the pages run as they stand, and print what the pages say."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from arp_sdk.sandbox import Sandbox
from first_party.environment import REPOSITORY
from support.pages import programs_on, run_program

pytestmark = pytest.mark.threads_only("programs bring their own clients")

# tests/first_party runs those of the other READMEs, tests/migration those of docs/migrating.md, and
# tests/codegen those of docs/your-own-contract.md.
ELSEWHERE = {REPOSITORY / "docs" / name for name in ("migrating.md", "your-own-contract.md")}
PAGES = (
    *(REPOSITORY / "packages" / name / "README.md" for name in ("arp-mcp", "arp-sandbox")),
    *sorted(set((REPOSITORY / "docs").rglob("*.md")) - ELSEWHERE),
)


def programs() -> Iterator[object]:
    for page in PAGES:
        name = page.relative_to(REPOSITORY).as_posix()
        for number, (program, printed) in enumerate(programs_on(page), 1):
            marks = [pytest.mark.full] * (number > 1 or name.startswith("docs/guides/"))
            yield pytest.param(program, printed, id=f"{name}-{number}", marks=marks)


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[str, str]]:
    """The addresses on the pages, and those of the services of this test."""
    with Sandbox() as box:
        yield {
            "http://127.0.0.1:8000": box.daemon_url,
            "http://127.0.0.1:8001": box.runtime_url,
            "http://127.0.0.1:8002": box.tool_registry_url,
        }


@pytest.mark.parametrize(("text", "printed"), list(programs()))
def test_a_program(tmp_path: Path, urls: dict[str, str], text: str, printed: str) -> None:
    for written, url in urls.items():
        text = text.replace(written, url)
    run_program(sys.executable, tmp_path, text, printed)
