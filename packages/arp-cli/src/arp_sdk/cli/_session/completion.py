"""Completion of values by asking the service, which must never fail or take long."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import click
from click.shell_completion import CompletionItem

from .contexts import Contexts
from .session import Session

_MOST = 100
# Seconds: the user is waiting for the shell.
_PATIENCE = 2.0
# A shell would take other characters of a service's names for syntax.
_SAFE = re.compile(r"[\w.:@%+=,/-]+", re.ASCII)
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
Candidates = Iterable[tuple[str, str]]


def _runs(session: Session) -> Candidates:
    daemon: Any = _impatient(session, "daemon")
    return ((run.run_id, str(run.state)) for run in islice(daemon.iter_runs(), _MOST))


def _instances(session: Session) -> Candidates:
    daemon: Any = _impatient(session, "daemon")
    return ((each.instance_id, str(each.state)) for each in daemon.list_instances().instances)


def _profiles(session: Session) -> Candidates:
    daemon: Any = _impatient(session, "daemon")
    profiles = daemon.list_runtime_profiles().profiles
    return ((each.runtime_profile, each.description or "") for each in profiles)


def _tools(session: Session) -> Candidates:
    tools: Any = _impatient(session, "tool-registry")
    return ((each.name, each.description or "") for each in tools.list_tools())


def _tool_ids(session: Session) -> Candidates:
    tools: Any = _impatient(session, "tool-registry")
    return ((each.tool_id, each.name) for each in tools.list_tools())


def _node_types(session: Session) -> Candidates:
    registry: Any = _impatient(session, "node-registry")
    return (
        (f"{each.node_type_id}@{each.version}", each.description or "")
        for each in registry.list_node_types()
    )


def _contexts(session: Session) -> Candidates:
    del session
    return ((name, "") for name in Contexts().named)


_CANDIDATES: dict[str, Callable[[Session], Candidates]] = {
    "run_id": _runs,
    "instance_id": _instances,
    "runtime_profile": _profiles,
    "tool": _tools,
    "tool_id": _tool_ids,
    "node_type": _node_types,
    "context": _contexts,
}


def completer(name: str) -> Complete | None:
    """Return a function that completes values of a name, such as `run_id`, or None."""
    candidates = _CANDIDATES.get(name)
    if candidates is None:
        return None

    def complete(
        ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        del param
        session = Session(ctx)
        try:
            return [
                CompletionItem(value, help=_one_line(note))
                for value, note in islice(candidates(session), _MOST)
                if value.startswith(incomplete) and _SAFE.fullmatch(value)
            ]
        except Exception:  # a message would be in the user's way
            return []
        finally:
            session.close()

    return complete


def _impatient(session: Session, slug: str) -> Any:
    return session.client(slug, timeout=_PATIENCE, deadline=_PATIENCE, retries=0)


def _one_line(note: str) -> str | None:
    line = "".join(each if each.isprintable() else " " for each in note[:80])
    return line or None
