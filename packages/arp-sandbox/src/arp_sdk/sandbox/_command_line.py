"""The command `arp-sandbox`."""

from __future__ import annotations

import argparse
import errno
import logging
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from arp_sdk.sandbox._http.local_hosts import without_proxy
from arp_sdk.sandbox._state.state_file import StateFileError

from ._sandbox import Sandbox
from ._version import __version__

_PORTS = {"daemon": 8000, "runtime": 8001, "tool_registry": 8002}
_DEFAULT_LATENCY = 0.05
_CHILD_ENDED: tuple[signal.Signals, ...] = ()
if sys.platform != "win32":
    _CHILD_ENDED = (signal.SIGCHLD,)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the services until Ctrl-C, or while a command runs.

    Args:
        arguments: The arguments without the program's name; by default, those of the process.

    Returns:
        The exit code: that of the command, or 0, or 1 if the services did not start.
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=options.log_level.upper())
    ports = {}
    for service, default in _PORTS.items():
        given = getattr(options, f"{service}_port")
        free = 0 if options.run else default
        ports[f"{service}_port"] = free if given is None else given
    try:
        with Sandbox(
            **ports,
            token=options.token,
            state=options.state,
            latency=options.latency,
            instances=options.instances,
            allowed_hosts=options.allow_host,
        ) as box:
            return _run(box, options.run) if options.run else _wait(box)
    except OSError as error:
        sys.stderr.write(f"arp-sandbox: {error.strerror or error}{_other_ports(error)}\n")
        return 1
    except (StateFileError, OverflowError, ValueError) as error:
        sys.stderr.write(f"arp-sandbox: {error}\n")
        return 1
    except KeyboardInterrupt:
        # Ctrl-C during the start, or a second one during the end.
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="arp-sandbox",
        description="Run an ARP tool registry, runtime and daemon on this machine.",
    )
    for service, port in _PORTS.items():
        parser.add_argument(
            f"--{service.replace('_', '-')}-port",
            type=int,
            metavar="PORT",
            help=f"port of the {service.replace('_', ' ')} (default: {port}, or a free one with "
            "--run); 0 means a free one",
        )
    parser.add_argument(
        "--token",
        default=os.environ.get("ARP_TOKEN") or None,
        help="bearer token that the services require (default: ARP_TOKEN, or none)",
    )
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="keep profiles, instances and runs in this file"
    )
    parser.add_argument(
        "--latency",
        type=_seconds,
        default=_DEFAULT_LATENCY,
        metavar="SECONDS",
        help=f"time before each event of a run (default: {_DEFAULT_LATENCY})",
    )
    parser.add_argument(
        "--instances",
        type=int,
        choices=range(11),
        default=1,
        metavar="COUNT",
        help="number of runtime instances of the daemon at the start (default: 1)",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="HOST[:PORT]",
        help="accept requests whose Host or Origin header names this host (repeatable)",
    )
    levels = ("debug", "info", "warning", "error")
    parser.add_argument("--log-level", choices=levels, default="warning")
    parser.add_argument("--version", action="version", version=f"arp-sandbox {__version__}")
    parser.add_argument(
        "--run",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="run a command that finds the services by ARP_* variables, and stop when it ends",
    )
    return parser


def _other_ports(error: OSError) -> str:
    is_taken = error.errno == errno.EADDRINUSE
    return "; choose other ports, such as --daemon-port 0 for a free one" if is_taken else ""


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 60:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 60")
    return seconds


def _run(box: Sandbox, command: list[str]) -> int:
    environment = {**os.environ, **without_proxy(os.environ), **box.environment}
    with _signals(signal.SIGINT, signal.SIGTERM, *_CHILD_ENDED) as signals:
        try:
            process = subprocess.Popen(command, env=environment)  # noqa: S603  # the caller's own
        except OSError as error:
            sys.stderr.write(f"arp-sandbox: {command[0]}: {error.strerror}\n")
            return 127
        signals.settimeout(None if _CHILD_ENDED else 0.2)
        while process.poll() is None:
            with suppress(TimeoutError):
                # The terminal sends SIGINT to the command too.
                if signal.SIGTERM in signals.recv(64):
                    process.terminate()
    # A shell reports a command that was ended by a signal in this way.
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _wait(box: Sandbox) -> int:
    with _signals(signal.SIGINT, signal.SIGTERM) as signals:
        sys.stdout.write(_announcement(box))
        sys.stdout.flush()
        signals.recv(1)
    sys.stdout.write("\nStopped.\n")
    return 0


def _announcement(box: Sandbox) -> str:
    urls = {
        "tool registry": box.tool_registry_url,
        "runtime": box.runtime_url,
        "daemon": box.daemon_url,
    }
    lines = [
        f"arp-sandbox {__version__}",
        "",
        *(f"  {name:<15}{url}" for name, url in urls.items()),
        "",
        "For clients in another terminal:",
        "",
        *(f"  export {name}={shlex.quote(value)}" for name, value in box.environment.items()),
        "",
        "Ctrl-C stops them.",
    ]
    return "".join(f"{line}\n" for line in lines)


@contextmanager
def _signals(*numbers: signal.Signals) -> Iterator[socket.socket]:
    """Receive signals as bytes of a socket, which wakes this thread whichever thread gets them."""
    receiver, sender = socket.socketpair()
    with receiver, sender:
        sender.setblocking(False)
        before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
        handlers = {number: signal.signal(number, lambda *_: None) for number in numbers}
        try:
            yield receiver
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)
