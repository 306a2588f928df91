"""A tour of the Agent Runtime Protocol: the services, a run, its events, its result.

This command starts the services and runs the tour against them:

    arp-sandbox --run python examples/tour.py

For other services, set ARP_TOOL_REGISTRY_URL, ARP_RUNTIME_URL and ARP_DAEMON_URL.
"""

from __future__ import annotations

import time

from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from arp_sdk.daemon import DaemonClient
from arp_sdk.errors import ArpApiError
from arp_sdk.models import (
    InstanceCreateRequest,
    RunEvent,
    RunEventType,
    RunRequest,
    RunRequestInput,
    RunRequestRuntimeSelector,
    RunState,
    RuntimeInstance,
    Status,
)
from arp_sdk.runtime import RuntimeClient
from arp_sdk.tool_registry import ToolRegistryClient

GOAL = "What is (19*23)?"
COLORS = {
    RunEventType.STEP: "cyan",
    RunEventType.TOOL_CALL: "magenta",
    RunEventType.TOOL_RESULT: "magenta",
    RunEventType.TOKEN: "white",
    RunEventType.FINAL: "green",
    RunEventType.ERROR: "red",
}


def main() -> None:
    console = Console()
    with ToolRegistryClient() as tool_registry, DaemonClient() as daemon:
        console.rule("Services")
        console.print(services(tool_registry, daemon))
        console.rule("Health, and an instance")
        health = daemon.health()
        console.print(health.to_dict())
        created = daemon.create_instances(InstanceCreateRequest(runtime_profile="default", count=1))
        console.print(created.to_dict())
        (instance,) = created.instances
        try:
            console.rule("A run")
            run(console, daemon, instance)
        finally:
            daemon.delete_instance(instance.instance_id)


def services(tool_registry: ToolRegistryClient, daemon: DaemonClient) -> Table:
    table = Table("service", "software", "version", "health")
    with RuntimeClient() as runtime:
        for name, client in (
            ("tool registry", tool_registry),
            ("runtime", runtime),
            ("daemon", daemon),
        ):
            version = client.version()
            status = client.health().status
            color = "green" if status is Status.OK else "red"
            table.add_row(
                name, version.service_name, version.service_version, f"[{color}]{status}[/]"
            )
    tools = ", ".join(tool.name for tool in tool_registry.list_tools())
    table.caption = f"tools: {tools}"
    return table


def run(console: Console, daemon: DaemonClient, instance: RuntimeInstance) -> None:
    selector = RunRequestRuntimeSelector(instance_id=instance.instance_id)
    status = daemon.submit_run(
        RunRequest(input=RunRequestInput(goal=GOAL), runtime_selector=selector)
    )
    show_events(console, instance, status.run_id)
    while status.state in (RunState.QUEUED, RunState.RUNNING):
        time.sleep(0.05)
        status = daemon.get_run_status(status.run_id)
    result = daemon.get_run_result(status.run_id)
    text = (result.output or {}).get("final_text", result.error and result.error.message)
    color = "green" if result.ok else "red"
    console.print(Panel(f"[bold]{text}[/]", title=f"{GOAL} {status.state}", border_style=color))


def show_events(console: Console, instance: RuntimeInstance, run_id: str) -> None:
    """Show the events of a run as they arrive."""
    table = Table("", "event", "data", min_width=60)
    try:
        with (
            RuntimeClient(instance.runtime_api_endpoint) as runtime,
            runtime.stream_run_events(run_id) as events,
            Live(table, console=console, refresh_per_second=20),
        ):
            for event in events:
                color = COLORS.get(event.type, "white")
                table.add_row(f"{event.seq}", f"[{color}]{event.type}[/]", description(event))
    except ArpApiError as error:
        console.print(f"This runtime streams no events: {error}")
    console.print()


def description(event: RunEvent) -> Text:
    data = event.data or {}
    if event.type is RunEventType.TOOL_CALL:
        return Text(f"{data['tool_name']}({data['args']})")
    if event.type is RunEventType.TOOL_RESULT:
        return Text(f"{data.get('result') or data.get('error')}")
    return Text(str(data.get("text") or data.get("title") or data.get("state") or data).strip())


if __name__ == "__main__":
    main()
