"""Settings of Sphinx: `hatch run docs` builds the site."""

from __future__ import annotations

import os
import re
from pathlib import Path

from sphinx.application import Sphinx

from arp_sdk.core import __version__

project = "ARP SDK for Python"
author = "The ARP SDK authors"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
# Fields called `list` hide the type where a docstring names it.
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_title = f"{project} {release}"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False

autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
# The types of other libraries, type variables, and private classes that a type shows.
nitpicky = True
nitpick_ignore_regex = [
    (
        "py:.*",
        r"(aiohttp|collections|mcp|mcp_types|starlette|contextlib|datetime|enum|msgspec|os|pathlib|requests|ssl|types)\..*",
    ),
    ("py:.*", r"[A-Z](_co)?|FilePath|MCPError|SSLContext|Session|ClientSession|arp_sdk\..*\._.*"),
]
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88

# Pages that are elsewhere in the repository, where readers of the code look for them.
DOCS = Path(__file__).parent
ELSEWHERE = {
    "contract": DOCS.parent / "codegen" / "spec" / "README.md",
    "generator/index": DOCS.parent / "codegen" / "README.md",
    "generator/constructs": DOCS.parent / "codegen" / "CONSTRUCTS.md",
    "performance/index": DOCS.parent / "benchmarks" / "RESULTS.md",
    "performance/figures": DOCS.parent / "benchmarks" / "FIGURES.md",
    "performance/tried": DOCS.parent / "benchmarks" / "TRIED.md",
    "performance/services": DOCS.parent / "benchmarks" / "services.md",
    "performance/waiting": DOCS.parent / "benchmarks" / "waiting.md",
    "performance/workflows": DOCS.parent / "benchmarks" / "workflows.md",
    **{
        f"packages/{page.stem}": DOCS.parent / "packages" / page.stem / "README.md"
        for page in (DOCS / "packages").glob("arp-*.md")
    },
}


def read_elsewhere(_: Sphinx, page: str, source: list[str]) -> None:
    """Read such a page, and let links to them lead to their pages on the site."""
    path = ELSEWHERE.get(page, DOCS / f"{page}.md")
    pages = {str(place): f"/{name}.md" for name, place in ELSEWHERE.items()}

    def link(found: re.Match[str]) -> str:
        target = str((path.parent / found[1]).resolve())
        return f"]({pages.get(target) or os.path.relpath(target, (DOCS / page).parent)}"

    text = path.read_text(encoding="utf-8") if page in ELSEWHERE else source[0]
    text = re.sub(r"\]\(([^)#:]+)(?=[)#])", link, text)
    # A package index shows READMEs too, so they name pages in place of links.
    text = re.sub(r"`docs/(\S+\.md)` in\s+the\s+repository", r"[](/\1)", text)
    source[0] = re.sub(r"README\s+of\s+`(arp-\S+)`", r"README of [](/packages/\1.md)", text)


def setup(app: Sphinx) -> None:
    """Connect the function above to Sphinx."""
    app.connect("source-read", read_elsewhere)
