"""`arp dev`: services on this machine."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import click

from arp_sdk.cli._failure import Problem
from arp_sdk.cli._output.formats import Format, output_option, write
from arp_sdk.cli._session.session import DEVELOPMENT


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
@output_option
def dev(
    daemon_port: int,
    runtime_port: int,
    tool_registry_port: int,
    state: Path | None,
    instances: int,
    latency: float,
    output: Format,
) -> None:
    """Run a daemon, a runtime and a tool registry on this machine until Ctrl-C.

    Other commands find them without an address. If ARP_TOKEN is set, the services require it.
    """
    try:
        from arp_sdk.sandbox import Sandbox
    except ModuleNotFoundError:
        raise Problem(
            "The services are not installed.", 'python3 -m pip install "arp-cli[dev]"'
        ) from None
    # A shell starts background jobs with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    box = Sandbox(
        daemon_port=daemon_port,
        runtime_port=runtime_port,
        tool_registry_port=tool_registry_port,
        state=state,
        instances=instances,
        latency=latency,
        token=os.environ.get("ARP_TOKEN") or None,
    )
    try:
        box.start()
    except (OSError, ValueError) as error:
        raise Problem(f"The services cannot start: {error}", "arp dev --help") from None
    try:
        urls = {name: url for name, url in box.environment.items() if name.endswith("_URL")}
        write(urls, output, _announce)
        sys.stdout.flush()
        # In pieces: on Windows, a signal does not end an endless wait.
        while True:
            time.sleep(1.0)
    except KeyboardInterrupt:
        pass
    finally:
        box.close()
    sys.stderr.write("\nStopped.\n")


def _announce(urls: dict[str, str]) -> None:
    from arp_sdk.cli._output.views import show_record

    show_record({name[4:-4].replace("_", " ").lower(): url for name, url in urls.items()})
    if [*urls.values()] != [
        f"http://127.0.0.1:{DEVELOPMENT[slug]}" for slug in ("tool-registry", "runtime", "daemon")
    ]:
        sys.stdout.write("\nFor other commands:\n")
        sys.stdout.writelines(f"  export {name}={url}\n" for name, url in urls.items())
    sys.stdout.write('\nTry: arp run "What is (19*23)?"\nCtrl-C stops the services.\n')
