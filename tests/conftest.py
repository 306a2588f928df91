from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.server import Server, serving

FAULT_TABLE = Path(__file__).parents[1] / ".cache" / "fault-table.md"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fault-table",
        type=Path,
        default=FAULT_TABLE,
        help="where the fault suite writes the outcome of each case (default: %(default)s)",
    )


def pytest_xdist_auto_num_workers() -> int:
    """Start more workers than processors: many tests wait for a timeout or a program."""
    return (os.cpu_count() or 1) * 3 // 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "soak" in config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.skip(reason="long: ask for it with -m soak"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the table of the fault suite, if all of it has run."""
    reports = [report for listed in terminalreporter.stats.values() for report in listed]
    seen = [
        value
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, value in report.user_properties
        if name == "fault"
    ]
    if not seen:
        return
    from faults.report import complete, markdown

    if complete(seen):
        path: Path = terminalreporter.config.option.fault_table
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(markdown(seen), encoding="utf-8")


@pytest.fixture(autouse=True)
def _no_arp_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the machine must not decide what a test sees."""
    for name in ("ARP_TOKEN", "ARP_DAEMON_URL", "ARP_RUNTIME_URL", "ARP_TOOL_REGISTRY_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running
