"""The pages about errors have an entry for each error class and for each message."""

from __future__ import annotations

import ast
import re

import pytest
from docs.messages import Messages

from arp_sdk import errors
from first_party.environment import REPOSITORY

pytestmark = pytest.mark.threads_only("reads pages and sources")

PAGES = sorted((REPOSITORY / "docs" / "troubleshooting").glob("*.md"))
SOURCES = [
    path
    for name in ("check", "core", "daemon", "mcp", "runtime", "sandbox", "server", "tool-registry")
    for path in sorted((REPOSITORY / "packages" / f"arp-{name}" / "src").rglob("*.py"))
]


def patterns() -> dict[str, re.Pattern[str]]:
    """Return the messages in the first columns of the tables."""
    cells = [
        line.split(" | ")[0]
        for page in PAGES
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ]
    written = {each for cell in cells for each in re.findall(r"`([^`]+ [^`]+)`", cell)}
    assert all(words(each) > 1 for each in written)
    return {
        each: re.compile(".*".join(re.escape(part) for part in re.split(r" ?\.\.\. ?", each)), re.S)
        for each in written
    }


def words(text: str) -> int:
    """Return the number of words that are written in a text; one of them is not a message."""
    return len(re.findall(r"[A-Za-z]{2,}", re.sub(r"(\w+_)?\.\.\.", " ", text)))


def test_each_class_has_a_heading() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    headings = set(re.findall(r"^## (Arp\w+)$", text, re.M))
    assert headings == {name for name in errors.__all__ if name.startswith("Arp")} - {"ArpError"}


def test_each_error_carries_the_address_of_its_entry() -> None:
    pages = {page.stem: page.read_text(encoding="utf-8") for page in PAGES}
    for name in (each for each in errors.__all__ if each.startswith("Arp")):
        cls = getattr(errors, name)
        page, _, anchor = cls.__new__(cls).doc_url.rpartition("troubleshooting/")[2].partition("#")
        # Sphinx makes the anchor from the heading.
        assert anchor == (name.lower() if name != "ArpError" else "")
        assert (f"## {name}\n" if anchor else "# ") in pages[page.removesuffix(".html")]


def test_each_message_has_an_entry() -> None:
    found = {text: place for text, *place in Messages(SOURCES).find()}
    assert len(found) > 100
    entries = patterns().values()
    missing = [
        f"{file}:{line}: {text}"
        for text, (file, line) in found.items()
        if words(text) > 1 and not any(entry.search(text) for entry in entries)
    ]
    assert missing == []


def test_each_entry_is_about_a_message() -> None:
    texts = {text for text, *_ in Messages(SOURCES).find()}
    # Reasons and hints, which messages contain or which are shown below them.
    for source in SOURCES:
        tree = ast.parse(source.read_text(encoding="utf-8"))
        constants = (each.value for each in ast.walk(tree) if isinstance(each, ast.Constant))
        texts |= {value for value in constants if isinstance(value, str)}
    old = [each for each, entry in patterns().items() if not any(map(entry.search, texts))]
    assert old == []
