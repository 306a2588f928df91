"""`arp ui`: the web page of the services."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from arp_sdk.cli._failure import Problem
from arp_sdk.cli._output.formats import Format, output_option, write
from arp_sdk.cli._session.lines import V0_1
from arp_sdk.cli._session.session import PAGE_PORT, Session, Source

if TYPE_CHECKING:
    from arp_sdk.cli._web.server import PageServer
    from arp_sdk.sandbox import Sandbox

port_option = click.option(
    "--page-port",
    type=click.IntRange(0, 65535),
    default=PAGE_PORT,
    show_default=True,
    help="Port of the web page; 0 for a free one.",
)


@click.command("ui")
@port_option
@output_option
def ui(page_port: int, output: Format) -> None:
    """Serve a web page for the services of the current context, until Ctrl-C.

    The page listens on this machine only. Its address has a secret: whoever has the address can do
    what your token permits.
    """
    Session.current().require(V0_1)
    with until_interrupted(), page(Session.current().source, page_port) as server:

        def view(_: object) -> None:
            sys.stdout.write(f"{server.url}\nCtrl-C stops the page.\n")

        write({"page": server.url}, output, view)
        sleep_forever()


def page(source: Source, port: int, box: Sandbox | None = None) -> PageServer:
    """Return the server of the page."""
    try:
        from arp_sdk.cli._web.server import PageServer
    except ModuleNotFoundError as error:
        what = f"The web page needs {error.name}, which is not installed."
        raise Problem(what, 'python3 -m pip install "arp-cli[ui]"') from None
    try:
        return PageServer(source, port, box)
    except OSError as error:
        what = f"The page cannot use the port {port}: {error.strerror}"
        raise Problem(what, "Choose another one: --page-port 0") from None


@contextmanager
def until_interrupted() -> Iterator[None]:
    """Take Ctrl-C and SIGTERM for the end of the work, which is a success."""
    # A shell starts background jobs with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")


def sleep_forever() -> None:
    """Wait for a signal."""
    sys.stdout.flush()
    # In pieces: on Windows, a signal does not end an endless wait.
    while True:
        time.sleep(1.0)
