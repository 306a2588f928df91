"""The web page on a free port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from arp_sdk.cli._session.session import Source
from arp_sdk.cli._web.server import PageServer
from arp_sdk.sandbox import Sandbox


def source_of(box: Sandbox) -> Source:
    """The addresses of a sandbox."""
    urls = {
        "daemon": box.daemon_url,
        "runtime": box.runtime_url,
        "tool-registry": box.tool_registry_url,
    }
    return Source("the test", urls)


@contextmanager
def page_of(box: Sandbox) -> Iterator[PageServer]:
    """The page of a sandbox, with its fault switches."""
    with PageServer(source_of(box), 0, box) as server:
        yield server
