"""Prints, as Markdown, what came of every fault: `python -m faults.report`."""

from __future__ import annotations

import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import get_args

from faults.operations import Kind
from faults.origin import Origin
from faults.runner import client_of, matches, new_tag, observe, proxied
from faults.table import Case, cases

WORKERS = 4
HEADINGS = {
    "safe": "GET",
    "put": "PUT",
    "delete": "DELETE",
    "keyed": "POST with a key",
    "plain": "any other POST",
}


def main() -> int:
    """Run all cases; 1 if the outcome of one is not what the table says."""
    origin = Origin()
    with ThreadPoolExecutor(WORKERS) as workers:
        seen = list(workers.map(lambda case: _observe(case, origin), cases()))
    origin.close()
    pairs = list(zip(cases(), seen, strict=True))
    sys.stdout.write("\n".join([*markdown(pairs), ""]))
    return 0 if all(matches(case, text) for case, text in pairs) else 1


def _observe(case: Case, origin: Origin) -> str:
    with proxied(origin) as proxy:
        with client_of(case.trial, proxy, case.limits, case.idempotent) as client:
            return observe(case, origin, proxy, client, new_tag()).cell


def markdown(seen: list[tuple[Case, str]]) -> list[str]:
    """A table with a row for each fault and moment, and a column for each kind of operation."""
    rows: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for case, text in seen:
        wrong = f"**{text}** (not {case.expected}: {case.trial.name})"
        shown = text if matches(case, text) else wrong
        row = rows[" ".join(fault.name for fault in case.faults), _moment(case)]
        if shown not in row[case.trial.kind]:
            row[case.trial.kind].append(shown)
    kinds = get_args(Kind)
    lines = [
        "| fault | when | " + " | ".join(HEADINGS[kind] for kind in kinds) + " |",
        "|---" * (len(kinds) + 2) + "|",
    ]
    for (name, moment), row in rows.items():
        cells = ["<br>".join(row[kind]) for kind in kinds]
        lines.append(f"| {name} | {moment} | " + " | ".join(cells) + " |")
    return lines


def _moment(case: Case) -> str:
    return f"{case.when}, idempotent=True" if case.idempotent else case.when


if __name__ == "__main__":
    sys.exit(main())
