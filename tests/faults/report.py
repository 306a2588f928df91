"""Prints, as Markdown, what came of every fault: `python -m faults.report`."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import get_args

from faults.operations import Kind as OperationKind
from faults.origin import Origin
from faults.runner import client_of, matches, new_tag, observe, proxied
from faults.table import Case, cases, differing, for_kind
from support.clients import KINDS, Kind, clients_of

WORKERS = 4
Seen = tuple[Kind, Case, str]
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
    seen: list[Seen] = []
    for kind in KINDS:
        expected = [for_kind(case, kind) for case in cases()]
        with clients_of(kind), ThreadPoolExecutor(WORKERS) as workers:
            texts = workers.map(lambda case: _observe(case, origin), expected)
            pairs = zip(expected, texts, strict=True)
            seen.extend((kind, case, text) for case, text in pairs)
    origin.close()
    sys.stdout.write("\n".join([_counts(seen), "", *markdown(seen), ""]))
    return 0 if all(matches(case, text) for _, case, text in seen) else 1


def _counts(seen: list[Seen]) -> str:
    met = Counter(kind for kind, _, _ in seen)
    return (
        f"{met['threads']:,} meetings of synchronous clients with a fault, and {met['asyncio']:,} "
        f"of asynchronous ones; in {len(differing())} of these comes something else of it, which "
        "the cell says behind `asyncio`."
    )


def _observe(case: Case, origin: Origin) -> str:
    with proxied(origin) as proxy:
        with client_of(case.trial, proxy, case.limits, case.idempotent) as client:
            return observe(case, origin, proxy, client, new_tag()).cell


def markdown(seen: list[Seen]) -> list[str]:
    """A table with a row for each fault and moment, and a column for each kind of operation."""
    rows: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for kind, case, text in seen:
        wrong = f"**{text}** (not {case.expected}: {case.trial.name})"
        shown = text if matches(case, text) else wrong
        if kind == "asyncio" and (case.id in differing() or shown == wrong):
            shown = f"`asyncio` {shown}"
        row = rows[" ".join(fault.name for fault in case.faults), _moment(case)]
        if shown not in row[case.trial.kind]:
            row[case.trial.kind].append(shown)
    kinds = get_args(OperationKind)
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
