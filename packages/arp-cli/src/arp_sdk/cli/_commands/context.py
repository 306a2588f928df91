"""`arp context`: named addresses of services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from arp_sdk.cli._output.formats import Format, output_option, write, write_items
from arp_sdk.cli._session.completion import completer
from arp_sdk.cli._session.contexts import Contexts
from arp_sdk.cli._session.lines import ALL_SERVICES, LINES
from arp_sdk.cli._session.session import Session, check_address

from .requests import node_type_ref

_TOKENS = {
    "token_command": "Program that prints the bearer token, such as a password manager.",
    "token_env": "Environment variable that holds the bearer token.",
    "worker_token_command": "Program that prints the token for the runtimes of a daemon.",
    "worker_token_env": "Environment variable that holds the token for the runtimes of a daemon.",
}
# The address that a list shows is the first one that a context has.
_ADDRESSES = [f"{slug.replace('-', '_')}_url" for line in LINES for slug in line.runs]
_NODE_TYPE = "Node type ID@VERSION that runs of ARP 0.3 execute by default."


@click.group("context", short_help="Name the services that you work with.")
def context() -> None:
    """Name the services that you work with.

    A context has the addresses of services, and tells where to get a token. The token itself is
    not stored. The current context is used unless --context or ARP_CONTEXT names another one, or
    the environment has addresses, such as ARP_DAEMON_URL.
    """


def _options(function: Callable[..., None]) -> Callable[..., None]:
    function = click.option(
        "--node-type", metavar="TYPE", help=_NODE_TYPE, shell_complete=completer("node_type")
    )(function)
    for name, text in reversed(_TOKENS.items()):
        function = click.option(f"--{name.replace('_', '-')}", help=text)(function)
    for line in reversed(LINES):
        for service in reversed(line.services):
            text = f"URL of the {service.title} ({line.name})."
            function = click.option(f"--{service.slug}-url", metavar="URL", help=text)(function)
    return function


@context.command("add")
@click.argument("name", shell_complete=completer("context"))
@_options
def add(name: str, **settings: str | None) -> None:
    """Add a context, or change its settings. The first context becomes the current one."""
    given = {key: value for key, value in settings.items() if value}
    for service in ALL_SERVICES:
        if service.url_key in given:
            check_address(service, given[service.url_key])
    if "node_type" in given:
        node_type_ref(given["node_type"])
    for kind in ("token", "worker_token"):
        if f"{kind}_command" in given and f"{kind}_env" in given:
            raise click.UsageError(f"--{kind}-command and --{kind}-env exclude each other")
    contexts = Contexts()
    kept = contexts.named.get(name, {})
    for kind in ("token", "worker_token"):
        if f"{kind}_command" in given or f"{kind}_env" in given:
            kept = {key: kept[key] for key in kept if key not in (f"{kind}_command", f"{kind}_env")}
    contexts.add(name, {**kept, **given})
    contexts.save()


@context.command("use")
@click.argument("name", shell_complete=completer("context"))
def use(name: str) -> None:
    """Make a context the current one."""
    contexts = Contexts()
    contexts.get(name)
    contexts.current = name
    contexts.save()


@context.command("list")
@output_option
def list_(output: Format) -> None:
    """List the contexts."""
    contexts = Contexts()
    items = [
        {"name": name, "current": name == contexts.current, **settings}
        for name, settings in contexts.named.items()
    ]

    def view(items: Any) -> None:
        from arp_sdk.cli._output.views import show_table

        rows = []
        for each in items:
            urls = [each[key] for key in _ADDRESSES if key in each]
            rows.append(["*" if each["current"] else "", each["name"], urls[0] if urls else ""])
        empty = "There are no contexts. Add one: arp context add"
        show_table(rows, ["current", "name", "address"], empty)

    write_items(items, output, view)


@context.command("show")
@click.argument("name", required=False, shell_complete=completer("context"))
@output_option
def show(name: str | None, output: Format) -> None:
    """Show a context, or the addresses that commands use now."""
    if name is None:
        source = Session.current().source
        shown = {"source": source.name, **source.urls}
    else:
        shown = {"name": name, **Contexts().get(name)}

    def view(shown: Any) -> None:
        from arp_sdk.cli._output.views import show_record

        show_record(shown)

    write(shown, output, view)


@context.command("remove")
@click.argument("name", shell_complete=completer("context"))
def remove(name: str) -> None:
    """Remove a context. Nothing changes at the services."""
    contexts = Contexts()
    contexts.remove(name)
    contexts.save()
