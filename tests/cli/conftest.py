from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from arp_sdk.cli import main
from arp_sdk.sandbox import Sandbox

from .driving import Done

Arp = Callable[..., Done]
HOSTILE = "[bold]red[/bold]\x1b[31m\u202eevil\x07"


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    """Services with a tool whose texts are made to steer a terminal."""
    sandbox = Sandbox(latency=0.001)

    @sandbox.tool(description=HOSTILE)
    def hostile(days: int = 1, tags: list[str] | None = None, note: str = "") -> dict[str, Any]:
        return {"text": HOSTILE, "days": days, "tags": tags, "note": note}

    with sandbox:
        yield sandbox


@pytest.fixture
def env(box: Sandbox, tmp_path: Path) -> dict[str, str]:
    """The environment in which `arp` finds the services."""
    return {**box.environment, "ARP_CONFIG": str(tmp_path / "config.toml")}


@pytest.fixture
def arp(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Arp:
    """The command in this process, which takes milliseconds."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str) -> Done:
        capsys.readouterr()
        code = main(arguments)
        printed = capsys.readouterr()
        return Done(code, printed.out, printed.err)

    return call
