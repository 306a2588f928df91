"""The services of both lines of ARP, for tests of the checker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from arp_sdk.sandbox import Sandbox

from . import services_0_3


@contextmanager
def every_service(box: Sandbox) -> Iterator[dict[str, str]]:
    """Run a sandbox that has a token and the services of 0.3; yield the URL of each by name."""
    with box, services_0_3.services(box.token or "") as others:
        yield {
            **others,
            "daemon": box.daemon_url,
            "runtime": box.runtime_url,
            "tool-registry": box.tool_registry_url,
        }
