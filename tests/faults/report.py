"""The artifact of the fault suite: the outcome of every case, as a Markdown table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, get_args

from faults.operations import Kind as OperationKind
from faults.runner import matches
from faults.table import Case, cases, differing, for_kind
from support.clients import KINDS

HEADINGS = {
    "safe": "GET",
    "put": "PUT",
    "delete": "DELETE",
    "keyed": "POST with a key",
    "plain": "any other POST",
}


def markdown(seen: Sequence[Any]) -> str:
    """Make a row for each fault and moment, and a column for each kind of operation.

    `tests/faults/table.py` explains the notation. Outcomes that differ for asynchronous clients
    follow `asyncio`; outcomes that are not the expected ones are bold.

    Args:
        seen: The kind of client, the id of the case and its cell, for each test.
    """
    known = {case.id: case for case in cases()}
    rows: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    order = {id_: number for number, id_ in enumerate(known)}
    for kind, id_, cell in sorted(seen, key=lambda each: (each[0] == "asyncio", order[each[1]])):
        case = for_kind(known[id_], kind)
        wrong = f"**{cell}** (not {case.expected}: {case.trial.name})"
        shown = cell if matches(case, cell) else wrong
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
    return "\n".join([*lines, ""])


def complete(seen: Sequence[Any]) -> bool:
    """Tell whether the outcomes are those of all cases, for both kinds of clients."""
    return len({(kind, id_) for kind, id_, _ in seen}) == len(KINDS) * len(cases())


def _moment(case: Case) -> str:
    return f"{case.when}, idempotent=True" if case.idempotent else case.when
