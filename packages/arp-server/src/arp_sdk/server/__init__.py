"""Services of the Agent Runtime Protocol, or of any contract, as ASGI applications.

Example::

    from arp_sdk.server import app
    from arp_sdk.tool_registry.server import ToolRegistryService


    class Registry(ToolRegistryService):
        async def list_tools(self) -> list[ToolDefinition]: ...


    application = app(Registry(), auth=None)  # uvicorn module:application
"""

from ._app import App, app
from ._auth import Authenticate, BearerTokens
from ._errors import ServiceError, invalid, not_found, unprocessable
from ._events import EventLog
from ._http.request import Application, Receive, Request, Scope, Send, current_request
from ._http.responses import send_error
from ._pages import page
from ._service import Contract, Event, Events, Service
from ._version import __version__

__all__ = [
    "App",
    "Application",
    "Authenticate",
    "BearerTokens",
    "Contract",
    "Event",
    "EventLog",
    "Events",
    "Receive",
    "Request",
    "Scope",
    "Send",
    "Service",
    "ServiceError",
    "__version__",
    "app",
    "current_request",
    "invalid",
    "not_found",
    "page",
    "send_error",
    "unprocessable",
]
