"""The adapter of sessions that the SDK makes, on connections of urllib3's own."""

from __future__ import annotations

from typing import Any

import requests.adapters

from arp_sdk.core._transport.certificates import is_context


class SslAdapter(requests.adapters.HTTPAdapter):
    """An adapter that takes an SSL context as `verify`. `send` is inherited: mocks replace it."""

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        context: Any = None
        if is_context(verify):
            context, verify = verify, True
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        # Some versions of requests share one that was loaded at import.
        tls.pop("ssl_context", None)
        if context is not None:
            # Whether it checks certificates is the context's own affair.
            tls.pop("cert_reqs", None)
            tls["ssl_context"] = context
        return host, tls

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        if not is_context(verify):
            super().cert_verify(conn, url, verify, cert)

    def close(self) -> None:
        # urllib3 2 only forgets its pools, and closes their sockets when they are collected.
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            lock = getattr(manager.pools, "lock", None)
            # urllib3-future has another container, and closes what it forgets.
            if lock is None:
                continue
            with lock:
                pools = [manager.pools[key] for key in manager.pools.keys()]  # noqa: SIM118
            for pool in pools:
                pool.close()
        super().close()
