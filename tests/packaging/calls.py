"""Code that test environments run."""

from __future__ import annotations

CLIENTS = {
    "arp_sdk.daemon": "DaemonClient",
    "arp_sdk.runtime": "RuntimeClient",
    "arp_sdk.tool_registry": "ToolRegistryClient",
}


def ask_health(package: str) -> str:
    """Code that prints the health of the service whose address is its first argument."""
    return (
        "import sys\n"
        f"from {package} import {CLIENTS[package]} as Client\n"
        "with Client(sys.argv[1]) as client:\n"
        "    print(client.health().status)\n"
    )


def ask_health_asynchronously(package: str) -> str:
    """The same, by the asynchronous client."""
    return (
        "import asyncio, sys\n"
        f"from {package} import Async{CLIENTS[package]} as Client\n"
        "async def main():\n"
        "    async with Client(sys.argv[1]) as client:\n"
        "        print((await client.health()).status)\n"
        "asyncio.run(main())\n"
    )


def newly_imported(statement: str) -> str:
    """Code that prints the names of the modules that a statement brings in."""
    return (
        "import sys\n"
        "before = set(sys.modules)\n"
        f"{statement}\n"
        "print(*sorted(set(sys.modules) - before), sep='\\n')\n"
    )
