"""The adapter of sessions that the SDK makes, on connections of urllib3's own."""

from __future__ import annotations

import ssl
from typing import Any

import requests.adapters


class SslAdapter(requests.adapters.HTTPAdapter):
    """An adapter that takes an SSL context as `verify`. `send` is inherited: mocks replace it."""

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        context = verify if isinstance(verify, ssl.SSLContext) else None
        host, tls = super().build_connection_pool_key_attributes(
            request, True if context else verify, cert
        )
        # Some versions of requests share one that was loaded at import.
        tls.pop("ssl_context", None)
        if context is not None:
            # Whether it checks certificates is the context's own affair.
            tls.pop("cert_reqs", None)
            tls["ssl_context"] = context
        return host, tls

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        if not isinstance(verify, ssl.SSLContext):
            super().cert_verify(conn, url, verify, cert)

    def close(self) -> None:
        # urllib3 2 only forgets its pools, and closes their sockets when they are collected.
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            with manager.pools.lock:
                pools = [manager.pools[key] for key in manager.pools.keys()]  # noqa: SIM118
            for pool in pools:
                pool.close()
        super().close()
