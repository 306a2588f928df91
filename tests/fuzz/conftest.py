from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from support.kinds import client_kind, no_leaks, pytest_generate_tests

from .cases import Tally

__all__ = ["client_kind", "no_leaks", "pytest_generate_tests"]

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(autouse=True, scope="session")
def _no_proxies() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in _PROXIES:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Iterator[Tally]:
    """Counts the cases of a test for the summary."""
    counted = Tally()
    yield counted
    record_property("fuzz_cases", counted.cases)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts: dict[str, int] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and report.when == "teardown":
                cases = sum(
                    count
                    for name, count in report.user_properties
                    if name == "fuzz_cases" and isinstance(count, int)
                )
                test = report.nodeid.partition("[")[0]
                counts[test] = counts.get(test, 0) + cases
    counts = {test: count for test, count in counts.items() if count}
    if counts:
        terminalreporter.section("fuzz cases")
        for test, count in sorted(counts.items()):
            terminalreporter.line(f"{count:9,} {test}")
        terminalreporter.line(f"{sum(counts.values()):9,} in all")
