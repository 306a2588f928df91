"""Certificates that the connections to an origin trust and present."""

from __future__ import annotations

import ssl

from arp_sdk.core._transport.certificates import CONTEXTS, Cert, Verify, is_context


class Trust:
    """The certificates for the connections to an origin, as their files are now.

    Attributes:
        key: The context by which aiohttp tells these connections from others; it stays the same.
    """

    def __init__(self, verify: Verify, cert: Cert | None) -> None:
        self._verify = verify
        self._cert = cert
        self.key = self.context()

    def context(self, *, of_proxy: bool = False) -> ssl.SSLContext:
        """Return the context for a new connection to the origin.

        Args:
            of_proxy: Whether it leads to a proxy, which gets no client certificate.
        """
        if is_context(self._verify):
            return self._verify
        return CONTEXTS.get(self._verify, None if of_proxy else self._cert)
