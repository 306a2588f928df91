"""`arp dev`: services on this machine, and the web page."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from arp_sdk.cli._failure import Problem
from arp_sdk.cli._generated import SERVICES
from arp_sdk.cli._output.formats import Format, output_option, write
from arp_sdk.cli._session.contexts import TokenVariable
from arp_sdk.cli._session.session import DEVELOPMENT, Source

from .ui import page, port_option, sleep_forever, until_interrupted


def _ports(function: Any) -> Any:
    for slug, port in reversed(DEVELOPMENT.items()):
        function = click.option(
            f"--{slug}-port",
            type=click.IntRange(0, 65535),
            default=port,
            show_default=True,
            help=f"Port of the {slug.replace('-', ' ')}; 0 for a free one.",
        )(function)
    return function


@click.command("dev")
@_ports
@click.option(
    "--state", type=click.Path(path_type=Path), help="File that keeps runs and instances."
)
@click.option(
    "--instances",
    type=click.IntRange(0, 10),
    default=1,
    show_default=True,
    help="Runtime instances of the daemon at the start.",
)
@click.option(
    "--latency",
    type=click.FloatRange(0, 60),
    default=0.05,
    show_default=True,
    help="Seconds before each event of a run.",
)
@port_option
@output_option
def dev(
    daemon_port: int,
    runtime_port: int,
    tool_registry_port: int,
    state: Path | None,
    instances: int,
    latency: float,
    page_port: int,
    output: Format,
) -> None:
    """Run services and the web page on this machine until Ctrl-C.

    These are a daemon, a runtime and a tool registry for tests and first steps. Other commands
    find them without an address. If ARP_TOKEN is set, the services require it.
    """
    try:
        from arp_sdk.sandbox import Sandbox
    except ModuleNotFoundError:
        raise Problem(
            "The services are not installed.", 'python3 -m pip install "arp-cli[dev]"'
        ) from None
    with until_interrupted(), ExitStack() as stack:
        token = os.environ.get("ARP_TOKEN") or None
        box = Sandbox(
            daemon_port=daemon_port,
            runtime_port=runtime_port,
            tool_registry_port=tool_registry_port,
            state=state,
            instances=instances,
            latency=latency,
            token=token,
        )
        try:
            stack.enter_context(box)
        except (OSError, ValueError) as error:
            what = f"The services cannot start: {error}"
            raise Problem(what, "Choose other ports, such as --daemon-port 0") from None
        urls = {
            "daemon": box.daemon_url,
            "runtime": box.runtime_url,
            "tool-registry": box.tool_registry_url,
        }
        mine = TokenVariable("ARP_TOKEN") if token else None
        server = stack.enter_context(page(Source("arp dev", urls, mine, mine), page_port, box))
        addresses = {each.url_variable: urls[each.slug] for each in SERVICES if each.slug in urls}
        write({**addresses, "page": server.url}, output, _announce)
        sleep_forever()


def _announce(urls: dict[str, str]) -> None:
    # Not a table: in a narrow terminal, it would cut an address into pieces that cannot be copied.
    for name, url in urls.items():
        label = name.removeprefix("ARP_").removesuffix("_URL").lower().replace("_", " ")
        sys.stdout.write(f"{label:<13}  {url}\n")
    addresses = {name: url for name, url in urls.items() if name.startswith("ARP_")}
    if {*addresses.values()} != {f"http://127.0.0.1:{port}" for port in DEVELOPMENT.values()}:
        sys.stdout.write("\nFor other commands:\n")
        sys.stdout.writelines(f"  export {name}={url}\n" for name, url in addresses.items())
    sys.stdout.write('\nTry: arp run "What is (19*23)?"\nCtrl-C stops the services.\n')
