"""The command `arp-sandbox`."""

from __future__ import annotations

import argparse
import logging
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from arp_sdk.sandbox._state.state_file import StateFileError

from ._sandbox import Sandbox
from ._version import __version__

_LEVELS = ("debug", "info", "warning", "error")
_DEFAULT_LATENCY = 0.05


class _Terminated(BaseException):
    """SIGTERM has come."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the services until Ctrl-C, or for as long as a command takes.

    Args:
        arguments: Those of the command line, without the program's name; by default its own.

    Returns:
        The exit code: that of the command, or 0, or 1 if the services did not start.
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=options.log_level.upper())
    try:
        box = Sandbox(
            tool_registry_port=_port(options.tool_registry_port, 8002, options.run),
            runtime_port=_port(options.runtime_port, 8001, options.run),
            daemon_port=_port(options.daemon_port, 8000, options.run),
            token=options.token,
            state=options.state,
            latency=options.latency,
            instances=options.instances,
        )
        with _terminable(), box:
            return _run(box, options.run) if options.run else _wait(box)
    except (StateFileError, OSError, OverflowError, ValueError) as error:
        sys.stderr.write(f"arp-sandbox: {error}\n")
        return 1
    except KeyboardInterrupt:
        # It came while they started.
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="arp-sandbox",
        description="Run an ARP tool registry, runtime and daemon on this machine.",
    )
    for service, port in (("daemon", 8000), ("runtime", 8001), ("tool-registry", 8002)):
        parser.add_argument(
            f"--{service}-port",
            type=int,
            metavar="PORT",
            help=f"port of the {service} (default: {port}, with --run a free one); 0 is a free one",
        )
    parser.add_argument(
        "--token",
        default=os.environ.get("ARP_TOKEN") or None,
        help="bearer token that the services demand (default: ARP_TOKEN, or none)",
    )
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="keep profiles, instances and runs in this file"
    )
    parser.add_argument(
        "--latency",
        type=_seconds,
        default=_DEFAULT_LATENCY,
        metavar="SECONDS",
        help=f"how long each event of a run takes (default: {_DEFAULT_LATENCY})",
    )
    parser.add_argument(
        "--instances",
        type=int,
        choices=range(11),
        default=1,
        metavar="COUNT",
        help="how many runtime instances the daemon has from the start (default: 1)",
    )
    parser.add_argument("--log-level", choices=_LEVELS, default="warning")
    parser.add_argument("--version", action="version", version=f"arp-sandbox {__version__}")
    parser.add_argument(
        "--run",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="run a command that finds the services by ARP_* variables, and stop with it",
    )
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 60:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 60")
    return seconds


def _port(given: int | None, default: int, command: list[str] | None) -> int:
    if given is not None:
        return given
    return 0 if command else default


def _run(box: Sandbox, command: list[str]) -> int:
    try:
        process = subprocess.Popen(  # noqa: S603  # the caller's own command
            command, env={**os.environ, **box.environment}
        )
    except OSError as error:
        sys.stderr.write(f"arp-sandbox: {command[0]}: {error.strerror}\n")
        return 127
    while True:
        try:
            code = process.wait()
            # As a shell reports a command that a signal has ended.
            return code if code >= 0 else 128 - code
        except KeyboardInterrupt:
            # The terminal has sent it to the command too, which decides what to do about it.
            continue
        except _Terminated:
            process.terminate()


def _wait(box: Sandbox) -> int:
    sys.stdout.write(_announcement(box))
    sys.stdout.flush()
    try:
        threading.Event().wait()
    except (KeyboardInterrupt, _Terminated):
        sys.stdout.write("\nStopped.\n")
    return 0


def _announcement(box: Sandbox) -> str:
    places = {
        "tool registry": box.tool_registry_url,
        "runtime": box.runtime_url,
        "daemon": box.daemon_url,
    }
    lines = [
        f"arp-sandbox {__version__}",
        "",
        *(f"  {name:<15}{url}" for name, url in places.items()),
        "",
        "For the clients, in another terminal:",
        "",
        *(f"  export {name}={shlex.quote(value)}" for name, value in box.environment.items()),
        "",
        "Ctrl-C stops them.",
    ]
    return "".join(f"{line}\n" for line in lines)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the services as cleanly as Ctrl-C does."""
    previous = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise _Terminated
