"""The command `python -m arp_sdk.mcp`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Mapping, Sequence

import uvicorn
from starlette.types import ASGIApp

from arp_sdk.daemon import AsyncDaemonClient
from arp_sdk.errors import ArpConfigError, ArpError
from arp_sdk.runtime import AsyncRuntimeClient
from arp_sdk.server import BearerTokens, app
from arp_sdk.tool_registry import AsyncToolRegistryClient

from ._connection import Connection
from ._host import POLL_SECONDS, HostServer, run_http, run_stdio, snippet
from ._local import LOOPBACK, LocalOnly
from ._registry import McpToolRegistry
from ._sources import RegistryTools, RunTools, Source
from ._version import __version__

_LOCALHOST = "127.0.0.1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command until the host ends the connection, or until Ctrl-C.

    Args:
        arguments: The arguments without the program's name; by default, those of the process.

    Returns:
        The exit code: 0, 1 if it failed, 130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    # Standard output belongs to the protocol.
    logging.basicConfig(level=options.log_level.upper(), stream=sys.stderr)
    try:
        if options.action == "serve":
            return _serve(options)
        return _registry(options)
    except (ArpError, OSError) as error:
        sys.stderr.write(f"arp_sdk.mcp: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _serve(options: argparse.Namespace) -> int:
    if options.print_config:
        sys.stdout.write(_config(options) + "\n")
        return 0
    asyncio.run(_serve_sources(options))
    return 0


async def _serve_sources(options: argparse.Namespace) -> None:
    # Clients are made in the event loop that they are used in.
    server = HostServer(_sources(options), poll=options.poll)
    if options.http is None:
        await run_stdio(server)
        return
    sys.stderr.write(f"MCP at http://{options.host}:{options.http}/mcp\n")
    await run_http(
        server,
        host=options.host,
        port=options.http,
        token=os.environ.get("ARP_MCP_TOKEN") or None,
    )


def _sources(options: argparse.Namespace) -> list[Source]:
    """Return the tools of the services that are named, or of those in the environment."""
    named = options.tool_registry or options.daemon or options.runtime
    environment: Mapping[str, str] = {} if named else os.environ
    found: list[Source] = []
    if url := options.tool_registry or environment.get("ARP_TOOL_REGISTRY_URL"):
        found.append(RegistryTools(AsyncToolRegistryClient(url)))
    if url := options.daemon or environment.get("ARP_DAEMON_URL"):
        found.append(RunTools(AsyncDaemonClient(url), os.environ.get("ARP_WORKER_TOKEN") or None))
    elif url := options.runtime or environment.get("ARP_RUNTIME_URL"):
        found.append(RunTools(AsyncRuntimeClient(url)))
    if not found:
        raise ArpConfigError(
            "nothing to serve: pass --tool-registry, --daemon or --runtime with a URL, "
            "or set ARP_TOOL_REGISTRY_URL, ARP_DAEMON_URL or ARP_RUNTIME_URL"
        )
    return found


def _config(options: argparse.Namespace) -> str:
    if options.http is not None:
        url = f"http://{options.host}:{options.http}/mcp"
        return snippet([], url=url, secret=bool(os.environ.get("ARP_MCP_TOKEN")))
    arguments = ["serve"]
    for name in ("tool_registry", "daemon", "runtime"):
        named: str | None = getattr(options, name) or os.environ.get(f"ARP_{name.upper()}_URL")
        if named:
            arguments += [f"--{name.replace('_', '-')}", named]
    return snippet(arguments, secret=bool(os.environ.get("ARP_TOKEN")))


def _registry(options: argparse.Namespace) -> int:
    command: list[str] = options.command[options.command[:1] == ["--"] :]
    if bool(command) == bool(options.url):
        raise ArpConfigError("pass either --url URL, or -- and the command of the MCP server")
    auth = BearerTokens(os.environ["ARP_TOKEN"]) if os.environ.get("ARP_TOKEN") else None
    if options.host not in LOOPBACK and auth is None:
        raise ArpConfigError(
            f"serving a registry at {options.host} lets others call the tools: set ARP_TOKEN"
        )
    asyncio.run(_serve_registry(options, command, auth))
    return 0


async def _serve_registry(
    options: argparse.Namespace, command: list[str], auth: BearerTokens | None
) -> None:
    target = options.url or command
    connection = Connection(target, token=os.environ.get("ARP_MCP_TOKEN") or None)
    service: ASGIApp = app(
        McpToolRegistry(connection, timeout=options.timeout),
        auth=auth,
        name="arp-mcp",
        version=__version__,
        lifespan=connection.open,
    )
    sys.stderr.write(f"ARP tool registry at http://{options.host}:{options.port}\n")
    if options.host in LOOPBACK:
        service = LocalOnly(service)
    config = uvicorn.Config(service, host=options.host, port=options.port, log_level="warning")
    await uvicorn.Server(config).serve()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m arp_sdk.mcp", description="Bridges between ARP and MCP."
    )
    parser.add_argument("--version", action="version", version=f"arp-mcp {__version__}")
    levels = ("debug", "info", "warning", "error")
    parser.add_argument("--log-level", choices=levels, default="warning")
    actions = parser.add_subparsers(dest="action", required=True)

    serve = actions.add_parser(
        "serve",
        help="offer the tools of a registry, and runs, to an MCP host",
        description="Offer the tools of a registry, and runs of a daemon or a runtime, to an MCP "
        "host: over standard input and output, or HTTP. ARP_TOKEN is sent to the services.",
    )
    serve.add_argument("--tool-registry", metavar="URL", help="registry with the tools")
    serve.add_argument("--daemon", metavar="URL", help="daemon for runs")
    serve.add_argument("--runtime", metavar="URL", help="runtime for runs, if there is no daemon")
    serve.add_argument(
        "--http",
        type=int,
        metavar="PORT",
        help="serve streamable HTTP at /mcp; ARP_MCP_TOKEN is the token that hosts need",
    )
    serve.add_argument(
        "--host", default=_LOCALHOST, help="address for --http (default: %(default)s)"
    )
    serve.add_argument(
        "--poll",
        type=float,
        default=POLL_SECONDS,
        metavar="SECONDS",
        help="time between two reads of the tools while a host follows them (default: %(default)s)",
    )
    serve.add_argument(
        "--print-config", action="store_true", help="print the configuration for a desktop host"
    )

    registry = actions.add_parser(
        "registry",
        usage="%(prog)s [options] (--url URL | -- COMMAND...)",
        help="serve the tools of an MCP server as an ARP tool registry",
        description="Serve the tools of an MCP server as an ARP tool registry. ARP_TOKEN is the "
        "token that callers need; ARP_MCP_TOKEN is sent to the URL.",
    )
    # The command line `arp` takes the `--` away.
    registry.add_argument(
        "command", nargs=argparse.REMAINDER, help="command that starts an MCP server"
    )
    registry.add_argument("--url", help="URL of an MCP server, such as http://127.0.0.1:9000/mcp")
    registry.add_argument("--host", default=_LOCALHOST, help="address (default: %(default)s)")
    registry.add_argument("--port", type=int, default=8002, help="port (default: %(default)s)")
    registry.add_argument(
        "--timeout", type=float, default=300.0, help="seconds for a call (default: %(default)s)"
    )
    return parser
