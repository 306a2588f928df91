"""Bridges between the Agent Runtime Protocol and the Model Context Protocol (MCP).

::

    # ARP for MCP hosts
    server = HostServer([RegistryTools(AsyncToolRegistryClient(url))])
    await run_stdio(server)

    # MCP for ARP
    connection = Connection(["npx", "-y", "@modelcontextprotocol/server-everything"])
    application = app(McpToolRegistry(connection), auth=None, lifespan=connection.open)
"""

from ._connection import Connection, Target
from ._host import HostServer, http_app, run_http, run_stdio, snippet
from ._registry import McpToolRegistry
from ._sources import RegistryTools, Report, RunTools, Source
from ._version import __version__

__all__ = [
    "Connection",
    "HostServer",
    "McpToolRegistry",
    "RegistryTools",
    "Report",
    "RunTools",
    "Source",
    "Target",
    "__version__",
    "http_app",
    "run_http",
    "run_stdio",
    "snippet",
]
