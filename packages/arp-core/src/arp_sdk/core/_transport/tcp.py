"""Options of a TCP connection."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

# Seconds that a kept connection may be idle before it is closed instead of used again: less
# than what load balancers and NAT gateways are known to forget a connection after.
IDLE_LIMIT = 15.0

# Probes find out within two minutes that the peer of a silent stream is gone.
_KEEPALIVE = (
    ("TCP_KEEPIDLE", 60),
    ("TCP_KEEPALIVE", 60),  # the same on macOS
    ("TCP_KEEPINTVL", 15),
    ("TCP_KEEPCNT", 4),
)


def keep_alive(sock: Any) -> None:
    """Have the system probe a connection that is silent, as far as the platform can."""
    # A pipe or TLS within TLS has no such options.
    with suppress(OSError, AttributeError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE:
            option = getattr(socket, name, None)
            if option is not None:
                sock.setsockopt(socket.IPPROTO_TCP, option, value)
