"""An application for ASGI servers to import, with one run that goes on."""

from __future__ import annotations

from arp_sdk.server import EventLog, app
from server.services import Runtime, event

runtime = Runtime()
runtime.logs["r"] = EventLog([event("r", 0)])
application = app(runtime, auth=None)
