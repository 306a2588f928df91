"""Start and stop the ten first-party services of ARP 0.3, without a network or a language model."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from first_party.services import StartFailedError, environment, is_healthy, spawn, stop
from support.issuer import Issuer
from support.server import closed_port

Authentication = Literal["disabled", "required"]
START_SECONDS = 120.0
POLL_SECONDS = 0.1


class Program(NamedTuple):
    """A service: its Python module, and the audience of its tokens."""

    module: str
    audience: str


PROGRAMS = {
    "run_gateway": Program("jarvis_run_gateway", "arp-run-gateway"),
    "run_coordinator": Program("jarvis_run_coordinator", "arp-run-coordinator"),
    "atomic_executor": Program("jarvis_atomic_executor", "arp-jarvis-atomicexecutor"),
    "composite_executor": Program("jarvis_composite_executor", "arp-jarvis-compositeexecutor"),
    "node_registry": Program("jarvis_node_registry", "arp-jarvis-noderegistry"),
    "selection": Program("jarvis_selection_service", "arp-jarvis-selection"),
    "pdp": Program("jarvis_pdp", "arp-jarvis-pdp"),
    # These are not part of the standard.
    "run_store": Program("jarvis_run_store", "arp-jarvis-runstore"),
    "event_stream": Program("jarvis_event_stream", "arp-jarvis-eventstream"),
    "artifact_store": Program("jarvis_artifact_store", "arp-jarvis-artifactstore"),
}
# What the planner and the selector get in place of the responses of a language model, in turns.
_STEP = {"subtask_id": None, "goal": "echo hello", "notes": None}
_PLAN = ({"subtasks": [_STEP], "summary": "one step"}, {"echo": "hello"})
_CANDIDATE = {
    "node_type_id": "jarvis.core.echo", "version": None, "score": 0.9, "rationale": "it echoes",
}  # fmt: skip
_SELECTION = {
    "candidates": [_CANDIDATE], "needs_planner": False, "blocked_reason": None,
    "missing_inputs": None,
}  # fmt: skip
_FIXTURES = {"composite_executor": _PLAN, "selection": (_SELECTION,)}
_TURNS = 500


@contextmanager
def running(
    venv: Path, folder: Path, issuer: Issuer, authentication: Authentication
) -> Iterator[dict[str, str]]:
    """Run the services, and yield their URLs by name."""
    folder.mkdir(parents=True, exist_ok=True)
    urls = {name: closed_port() for name in PROGRAMS}
    shared = _settings(urls, folder, issuer) | {"ARP_AUTH_MODE": authentication}
    with ExitStack() as stack:
        processes: dict[str, subprocess.Popen[bytes]] = {}
        for name, program in PROGRAMS.items():
            settings = dict(shared)
            if authentication == "required":
                settings["ARP_AUTH_AUDIENCE"] = program.audience
            if name == "node_registry" and authentication == "required":
                # The executors ask it without a token.
                settings["ARP_AUTH_MODE"] = "optional"
            if name in _FIXTURES:
                settings["ARP_LLM_DEV_MOCK_FIXTURES_PATH"] = _fixtures(folder, name)
            port = urls[name].rpartition(":")[2]
            command = [str(venv / "bin" / "python"), "-m", program.module]
            command += ["--host", "127.0.0.1", "--port", port]
            process = spawn(command, environment(venv, settings), folder / f"{name}.log")
            stack.callback(stop, process)
            processes[name] = process
        _wait_until_ready(urls, processes, folder)
        yield urls


def _settings(urls: Mapping[str, str], folder: Path, issuer: Issuer) -> dict[str, str]:
    """Return the variables that all services get."""
    addresses = {f"JARVIS_{name.upper()}_URL": url for name, url in urls.items()}
    databases = {
        f"JARVIS_{name}_DB_URL": f"sqlite:///{folder / name.lower()}.sqlite"
        for name in ("NODE_REGISTRY", "RUN_STORE", "EVENT_STORE")
    }
    return (
        addresses
        | databases
        | {
            "ARP_AUTH_ISSUER": issuer.url,
            "ARP_AUTH_JWKS_URI": issuer.keys_url,
            "ARP_AUTH_TOKEN_ENDPOINT": issuer.token_endpoint,
            "ARP_AUTH_CLIENT_ID": "services",
            "ARP_AUTH_CLIENT_SECRET": "secret",
            "ARP_LLM_PROFILE": "dev-mock",
            "JARVIS_ARTIFACT_DIR": str(folder / "artifacts"),
            "JARVIS_COMPOSITE_MAX_DEPTH": "3",
            "JARVIS_COMPOSITE_MAX_STEPS": "5",
            "JARVIS_COMPOSITE_POLL_INTERVAL_SEC": "0.2",
            "JARVIS_NODE_REGISTRY_AUDIENCE": PROGRAMS["node_registry"].audience,
            "JARVIS_POLICY_PROFILE": "dev-allow",
            "JARVIS_RUN_COORDINATOR_PUBLIC_URL": urls["run_coordinator"],
            "JARVIS_SELECTION_AUDIENCE": PROGRAMS["selection"].audience,
            "JARVIS_SELECTION_TOP_K_DEFAULT": "3",
        }
    )


def _fixtures(folder: Path, name: str) -> str:
    path = folder / f"{name}.json"
    values = [{"text": "{}", "parsed": value} for value in _FIXTURES[name]]
    path.write_text(json.dumps(values * _TURNS), encoding="utf-8")
    return str(path)


def _wait_until_ready(
    urls: Mapping[str, str], processes: Mapping[str, subprocess.Popen[bytes]], folder: Path
) -> None:
    deadline = time.monotonic() + START_SECONDS
    waiting = dict(processes)
    while waiting:
        for name, process in list(waiting.items()):
            if is_healthy(urls[name]):
                del waiting[name]
            elif process.poll() is not None or time.monotonic() > deadline:
                log = (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
                raise StartFailedError(f"{name} did not start:\n{log}")
        time.sleep(POLL_SECONDS)
