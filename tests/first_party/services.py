"""Start and stop the first-party services on free loopback ports."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from first_party.environment import without_python_variables
from support.server import free_port

START_SECONDS = 30.0
STOP_SECONDS = 15.0
END_SECONDS = 20.0
POLL_SECONDS = 0.05
PORT_ATTEMPTS = 3
FOREIGN_PREFIXES = ("ARP_", "JARVIS_", "OPENAI_", "TOOL_REGISTRY_")


class StartFailedError(Exception):
    """A service ended or stayed silent instead of becoming ready."""


@dataclass(frozen=True)
class Service:
    url: str
    folder: Path
    log: Path
    process: subprocess.Popen[bytes]


@contextmanager
def tool_registry(venv: Path, folder: Path) -> Iterator[Service]:
    with _running("tool-registry", lambda port: ["--port", str(port)], venv, folder) as service:
        yield service


@contextmanager
def runtime(venv: Path, folder: Path, tool_registry_url: str) -> Iterator[Service]:
    def arguments(port: int) -> list[str]:
        traces = str(folder / "traces")
        return [
            *("serve", "--port", str(port), "--trace-dir", traces),
            *("--tool-registry-url", tool_registry_url),
        ]

    with _running("runtime", arguments, venv, folder) as service:
        yield service


@contextmanager
def daemon(venv: Path, folder: Path, tool_registry_url: str) -> Iterator[Service]:
    """Run a daemon whose managed runtimes use the given tool registry."""

    def arguments(port: int) -> list[str]:
        data = str(folder / "data")
        return [
            *("serve", "--port", str(port), "--data-dir", data),
            "--allow-unsafe-runtime-profiles",
        ]

    variables = {"ARP_TOOL_REGISTRY_URL": tool_registry_url}
    with _running("daemon", arguments, venv, folder, variables) as service:
        try:
            yield service
        finally:
            # A daemon that died cannot: what it has started ends with its process group.
            with suppress(OSError, HTTPException):
                _delete_instances(service.url)


def accepts_connections(url: str) -> bool:
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname or "", address.port or 80), 2).close()
    except OSError:
        return False
    return True


def has_ended(url: str) -> bool:
    """Wait until nothing listens at the URL any more, and say whether that came about."""
    deadline = time.monotonic() + END_SECONDS
    while accepts_connections(url):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


@contextmanager
def _running(
    name: str,
    arguments: Callable[[int], list[str]],
    venv: Path,
    folder: Path,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Service]:
    service = _start(name, arguments, venv, folder, variables or {})
    try:
        yield service
    finally:
        stop(service.process)


def _start(
    name: str,
    arguments: Callable[[int], list[str]],
    venv: Path,
    folder: Path,
    variables: Mapping[str, str],
) -> Service:
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    surroundings = environment(venv, variables)
    command = str(venv / "bin" / f"arp-jarvis-{name}")
    for attempt in range(1, PORT_ATTEMPTS + 1):
        port = free_port()
        process = spawn([command, *arguments(port)], surroundings, log)
        service = Service(f"http://127.0.0.1:{port}", folder, log, process)
        failure = _wait_until_ready(service)
        if failure is None:
            return service
        stop(process)
        output = log.read_text(encoding="utf-8", errors="replace")
        port_was_taken = "address already in use" in output.lower()
        if not port_was_taken or attempt == PORT_ATTEMPTS:
            raise StartFailedError(f"{name}: {failure}\n{output}")
    raise AssertionError("unreachable")


def spawn(
    command: Sequence[str], surroundings: dict[str, str], log: Path
) -> subprocess.Popen[bytes]:
    supervisor = Path(__file__).with_name("supervisor.py")
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, str(supervisor), *command],
            env=surroundings,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.wait(STOP_SECONDS)


def environment(venv: Path, variables: Mapping[str, str]) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in without_python_variables().items()
        if not name.startswith(FOREIGN_PREFIXES) and not name.lower().endswith("_proxy")
    }
    path = f"{venv / 'bin'}{os.pathsep}{inherited.get('PATH', os.defpath)}"
    return {**inherited, "PATH": path, "PYTHONUNBUFFERED": "1", **variables}


def _wait_until_ready(service: Service) -> str | None:
    deadline = time.monotonic() + START_SECONDS
    while not is_healthy(service.url):
        if service.process.poll() is not None:
            return f"ended with {service.process.returncode} before it was ready"
        if time.monotonic() > deadline:
            return f"not ready after {START_SECONDS:.0f} seconds"
        time.sleep(POLL_SECONDS)
    return None


def is_healthy(url: str) -> bool:
    try:
        return _exchange("GET", f"{url}/v1/health")[0] == 200
    except (OSError, HTTPException):
        return False


def _delete_instances(daemon_url: str) -> None:
    _, body = _exchange("GET", f"{daemon_url}/v1/instances")
    for instance in json.loads(body)["instances"]:
        _exchange("DELETE", f"{daemon_url}/v1/instances/{instance['instance_id']}")


def _exchange(method: str, url: str) -> tuple[int, bytes]:
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=STOP_SECONDS)
    try:
        connection.request(method, address.path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
