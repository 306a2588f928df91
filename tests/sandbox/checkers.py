"""Programs of others that the services have to satisfy, each in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from arp_sdk.sandbox import Sandbox
from first_party.environment import (
    REPOSITORY,
    EnvironmentFailedError,
    cached_environment,
    without_python_variables,
)

SCHEMATHESIS = ("schemathesis", ("schemathesis==4.32.5",))
CONFORMANCE = ("conformance", ("arp-conformance==0.2.6",))
PEER = ("peer", ("arp-standard-py==0.1.0",))
CONTRACT = REPOSITORY / "codegen" / "spec" / "v1" / "openapi"

Checker = tuple[str, tuple[str, ...]]


def folder(checker: Checker) -> Path:
    """The checker's virtual environment, which is made when it is needed."""
    name, requirements = checker
    python = f"py{sys.version_info.major}.{sys.version_info.minor}"
    try:
        return cached_environment(REPOSITORY / ".cache" / name / python, requirements)
    except EnvironmentFailedError as error:
        pytest.skip(f"{name} is missing: {error}")


def run(
    checker: Checker,
    *arguments: str,
    cwd: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program of the checker's environment, by its name there."""
    program, *others = arguments
    return subprocess.run(
        [str(folder(checker) / "bin" / program), *others],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        cwd=cwd,
        env={**without_python_variables(), **(variables or {})},
    )


def urls(box: Sandbox) -> dict[str, str]:
    """The services' URLs, by the names of their documents."""
    return {
        "tool-registry": box.tool_registry_url,
        "runtime": box.runtime_url,
        "daemon": box.daemon_url,
    }
