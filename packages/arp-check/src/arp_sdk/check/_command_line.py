"""The command `arp-check`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from arp_sdk.errors import ArpConfigError, ArpConnectionError

from ._check import Settings, check
from ._contract import SERVICES
from ._formats import FORMATS
from ._report import Report, Severity
from ._version import __version__

_EXIT = """\
exit codes:
  0  no findings
  1  warnings
  2  the command was called wrongly
  3  errors
  4  no service responds
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a service and print the findings.

    Args:
        arguments: The arguments without the program's name; by default, those of the process.

    Returns:
        The exit code.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    settings = Settings(
        service=options.service,
        read_only=options.read_only,
        goal=options.goal,
        request=options.request,
        timeout=options.timeout,
        patience=options.patience,
        property=options.property,
        examples=options.examples,
    )
    try:
        report = check(options.url, token=os.environ.get("ARP_TOKEN"), settings=settings)
        if options.baseline and not options.update_baseline:
            report = report.without(_read_baseline(options.baseline))
    except (ArpConfigError, OSError) as error:
        sys.stderr.write(f"arp-check: {error}\n")
        return 4 if isinstance(error, ArpConnectionError) else 2
    if options.update_baseline:
        lines = sorted({finding.key for finding in report.findings})
        options.baseline.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        report = report.without(lines)
    sys.stdout.write(f"{FORMATS[options.format](report)}\n")
    return _exit_code(report)


def _exit_code(report: Report) -> int:
    return {None: 0, Severity.WARNING: 1, Severity.ERROR: 3}[report.worst]


def _read_baseline(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "arp-check",
        description="Check that a service conforms to the Agent Runtime Protocol. The bearer token "
        "is the value of ARP_TOKEN.",
        epilog=_EXIT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("url", help="URL of the service, such as http://127.0.0.1:8000")
    parser.add_argument("--service", choices=SERVICES, help="by default, it is found out")
    parser.add_argument("--read-only", action="store_true", help="change nothing")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--goal", default="hello", help="goal of the runs (default: hello)")
    parser.add_argument(
        "--request",
        type=_object,
        default={},
        metavar="JSON",
        help="an object with values for the properties of requests, by name",
    )
    parser.add_argument("--timeout", type=float, default=10, help="seconds for a response (10)")
    parser.add_argument("--patience", type=float, default=30, help="seconds for a run to end (30)")
    parser.add_argument(
        "--property",
        action="store_true",
        help='send generated requests as well; needs "arp-check[property]"',
    )
    parser.add_argument(
        "--examples",
        type=int,
        default=25,
        metavar="N",
        help="valid and invalid requests that --property draws for each operation, besides those "
        "for each bound and keyword of the schemas (default: 25)",
    )
    parser.add_argument(
        "--baseline", type=Path, help="a file with known findings, which are not reported"
    )
    parser.add_argument(
        "--update-baseline", action="store_true", help="write the findings to the baseline"
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser
