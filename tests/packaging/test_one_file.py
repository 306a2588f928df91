"""Both kinds of clients work in a program of one file, made by zipapp or PyInstaller."""

from __future__ import annotations

import sys
import zipapp
from pathlib import Path
from zipfile import ZipFile

import pytest

from support import environments
from support.commands import run
from support.environments import Environment

from .archives import third_party, wheel_of
from .sources import BY_NAME, CORE

pytestmark = pytest.mark.full

OURS = (CORE, BY_NAME["arp-daemon"])
PROGRAM = """
import asyncio, sys
from arp_sdk.daemon import AsyncDaemonClient, DaemonClient

async def main():
    async with AsyncDaemonClient(sys.argv[1]) as daemon:
        return await daemon.health()

with DaemonClient(sys.argv[1]) as daemon:
    print(daemon.health().status, asyncio.run(main()).status)
"""


@pytest.fixture
def environment(tmp_path: Path, wheelhouse: Path) -> Environment:
    """An environment with what the clients need, but not with the clients."""
    made = environments.make(tmp_path / "environment")
    made.install(*third_party([wheel_of(each, wheelhouse) for each in OURS], "async"))
    return made


def unpack(wheelhouse: Path, folder: Path) -> None:
    for each in OURS:
        with ZipFile(wheel_of(each, wheelhouse).path) as wheel:
            wheel.extractall(folder)


def test_zipapp(
    environment: Environment, wheelhouse: Path, tmp_path: Path, service_url: str
) -> None:
    # msgspec is compiled, and Python imports no such module from an archive.
    folder = tmp_path / "program"
    unpack(wheelhouse, folder)
    (folder / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    zipapp.create_archive(folder, tmp_path / "program.pyz")
    found = run(environment.python, tmp_path / "program.pyz", service_url, cwd=tmp_path)
    assert found.split() == ["ok", "ok"]


@pytest.mark.skipif(sys.version_info >= (3, 15), reason="PyInstaller does not know Python 3.15")
def test_pyinstaller(
    environment: Environment, wheelhouse: Path, tmp_path: Path, service_url: str
) -> None:
    environment.install("pyinstaller")
    unpack(wheelhouse, environment.site_packages)
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    build = ["-m", "PyInstaller", "--onefile", "--log-level=ERROR", "program.py"]
    run(environment.python, *build, cwd=tmp_path)
    (program,) = (tmp_path / "dist").iterdir()
    assert run(program, service_url, cwd=tmp_path).split() == ["ok", "ok"]
