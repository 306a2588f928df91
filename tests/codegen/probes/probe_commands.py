"""The commands of a contract that is not ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from codegen.recording_server import RecordingServer, recording_server

cli: Any = import_module("arp_sdk.cli")
SERVICES: Any = import_module("arp_sdk.cli._generated").SERVICES
COMMANDS = [
    (service.slug, command)
    for service in SERVICES
    for command in import_module("arp_sdk.cli._operations.commands").commands_of(service)
]
Arp = Callable[..., tuple[int, str, str]]


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with recording_server() as server:
        yield server


@pytest.fixture
def arp(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Arp:
    for service in SERVICES:
        monkeypatch.setenv(service.url_variable, server.url)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(arguments)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def test_every_operation_is_a_command_with_help(arp: Arp) -> None:
    assert {slug for slug, _ in COMMANDS} == {"store", "depot-2", "wild"}
    for slug, command in COMMANDS:
        flags = [option.flag for option in command.options]
        assert len({*flags, "body", "output", "help"}) == len(flags) + 3
        code, out, _ = arp(slug, command.name, "--help")
        assert code == 0
        assert command.call in out


def test_options_of_every_kind(server: RecordingServer, arp: Arp) -> None:
    server.answer(200, b"[]")
    options = "--limit 3 --tag aa --tag b&c --colour red --colour dark-blue --sort desc --fresh"
    more = "--since 2026-01-02T00:00:00Z --class k --x-trace full --x-parts 1 --x-parts 2"
    assert arp("store", "list-items", *options.split(), *more.split()) == (0, "[]\n", "")
    assert server.last.target == (
        "/v1/items?tag=aa&tag=b%26c&colour=red,dark-blue&sort=desc&limit=3"
        "&since=2026-01-02T00%3A00%3A00Z&fresh=true&class=k"
    )
    assert server.last.headers["x-trace"] == "full"
    assert server.last.headers["x-parts"] == "1,2"


def test_a_body_by_options(server: RecordingServer, arp: Arp) -> None:
    server.answer(200, b'{"order_id": "o", "state": "open"}')
    code, *_ = arp("store", "order", "--body", '{"amount": 1}', "--order-id", "o")
    assert (code, json.loads(server.last.body)) == (0, {"amount": 1, "order_id": "o"})


def test_bodies_and_responses_that_are_not_json(
    server: RecordingServer, arp: Arp, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.write_bytes(b"\x00\xff")
    server.answer(200, b"said", "text/plain")
    code, *_ = arp("wild", "write-text", "a", "--body", "text")
    assert (code, server.last.body) == (0, b"text")
    assert server.last.headers["content-type"].startswith("text/markdown")
    server.answer(200, b"\x00", "image/png")
    code, *_ = arp("wild", "upload-raw", "--body", f"@{data}")
    assert (code, server.last.body) == (0, b"\x00\xff")
    server.answer(200, b"{}")
    arp("wild", "list-notes", "[1, 2]")
    assert server.last.target == "/notes/1,2"


def test_a_stream_is_lines(server: RecordingServer, arp: Arp) -> None:
    server.answer(200, b"event: a\nid: 1\ndata: x\n\ndata: y\n\n", "text/event-stream")
    server.answer(204)
    code, out, _ = arp("store", "watch-raw")
    assert code == 0
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines == [
        {"event": "a", "data": "x", "id": "1"},
        {"event": "message", "data": "y", "id": "1"},
    ]
