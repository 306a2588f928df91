"""A fourth service: an OpenAPI document alone becomes an installed package."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from codegen.places import CONTRACTS, OURS, REPOSITORY
from codegen.recording_server import recording_server
from codegen.runs import copy_packages, run
from support import environments
from support.environments import Environment

DOCUMENT = CONTRACTS / "fourth" / "weather-station.openapi.yaml"

PROGRAM = """
import sys
from arp_sdk.errors import ArpValidationError
from arp_sdk.weather_station import WeatherStationClient
from arp_sdk.weather_station.models import GetStationUnit, ResetStationRequest

with WeatherStationClient(sys.argv[1], auth="t0ken") as client:
    station = client.get_station("hill", unit=GetStationUnit.KELVIN)
    print(type(station).__module__, station.readings[0].degrees, station.readings[0].time.year)
    client.reset_station("hill", ResetStationRequest(keep=3))
    try:
        client.reset_station("hill", ResetStationRequest(keep=-1))
    except ArpValidationError as error:
        print("rejected", error.path)
    with client.watch_readings() as readings:
        print([reading.degrees for reading in readings])
"""


def settings_of_the_umbrella(project: Path) -> str:
    """The pyproject.toml of arp-standard-py."""
    return (project / "packages" / "arp-standard-py" / "pyproject.toml").read_text("utf-8")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A fresh environment with arp-core, the new service and the umbrella."""
    folder = tmp_path_factory.mktemp("fourth")
    (folder / "contract" / "openapi").mkdir(parents=True)
    shutil.copy(DOCUMENT, folder / "contract" / "openapi")
    done = run("--spec", folder / "contract", "--out", folder / "out")
    assert done.returncode == 0, done.stderr
    # Built from a copy, so that no build leaves anything in the tree.
    copy_packages(folder / "out", "arp-core")
    names = ("arp-core", "arp-weather-station", "arp-standard-py")
    environment = environments.make(folder / "venv")
    environment.install(*(folder / "out" / "packages" / name for name in names))
    return environment


def test_it_joins_the_umbrella(tmp_path: Path) -> None:
    contract = shutil.copytree(OURS, tmp_path / "contract")
    shutil.copy(DOCUMENT, contract / "openapi")

    done = run("--spec", contract, "--out", tmp_path / "out")

    assert done.returncode == 0, done.stderr
    before = settings_of_the_umbrella(REPOSITORY).splitlines()
    after = settings_of_the_umbrella(tmp_path / "out").splitlines()
    assert [line for line in after if line not in before] == [
        '    "arp-weather-station>=1.0,<2",',
        '    "arp-weather-station[async]>=1.0,<2",',
        '    "arp-weather-station[server]>=1.0,<2",',
    ]
    assert [line for line in before if line not in after] == []


@pytest.mark.full
def test_it_is_called_over_a_socket(installed: Environment) -> None:
    reading = {"degrees": 21.5, "time": "2026-01-02T03:04:05Z"}
    with recording_server() as server:
        server.answer(200, json.dumps({"id": "hill", "readings": [reading]}).encode())
        server.answer(204)
        server.answer(200, f"data: {json.dumps(reading)}\n\n".encode(), "text/event-stream")

        printed = installed.run(PROGRAM, server.url)

    assert printed.splitlines() == [
        "arp_sdk.weather_station.models 21.5 2026",
        "rejected $.keep",
        "[21.5]",
    ]
    sent = [(request.method, request.target) for request in server.requests]
    assert sent == [
        ("GET", "/v1/stations/hill?unit=kelvin"),
        ("POST", "/v1/stations/hill:reset"),
        ("GET", "/v1/readings"),
    ]
    assert server.requests[1].body == b'{"keep":3}'
    assert all(r.headers["authorization"] == "Bearer t0ken" for r in server.requests)
    assert server.requests[0].headers["user-agent"].startswith("arp-weather-station/1.0.0 ")


@pytest.mark.full
def test_the_wheels_do_not_overlap(installed: Environment) -> None:
    listed = installed.run(
        "from importlib.metadata import files\n"
        "for name in ('arp-core', 'arp-weather-station'):\n"
        "    print(*[f for f in files(name) if str(f).startswith('arp_sdk')], sep='\\n')",
    ).split()

    assert len(listed) == len(set(listed)) > 10
    assert "arp_sdk/weather_station/py.typed" in listed
    assert "arp_sdk/__init__.py" not in listed
