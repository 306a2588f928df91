"""Requests for runs, from the options of `arp run`."""

from __future__ import annotations

from typing import Any

import click

from arp_sdk.cli._operations.values import read_as
from arp_sdk.cli._session.runs import Runs
from arp_sdk.cli._session.session import Source

# The options of `arp run` that say who carries out a run.
SELECTORS = {
    "instance_id": "--instance",
    "runtime_profile": "--profile",
    "node_type": "--node-type",
}


def as_request(value: dict[str, Any], runs: Runs) -> Any:
    """Return the request that a JSON object stands for, checked against the contract."""
    made = read_as(value, runs.request_type, "the request")
    made.validate()
    return made


def node_type_ref(text: str) -> dict[str, str]:
    """Return the reference to a node type that is written as `ID@VERSION`."""
    name, _, version = text.rpartition("@")
    if not (name and version):
        raise click.UsageError(f"--node-type: {text!r} is not of the form ID@VERSION")
    return {"node_type_id": name, "version": version}


def request_template(request: Any, source: Source, **selectors: str | None) -> dict[str, Any]:
    """Return the properties that options give to every request.

    Raises:
        click.UsageError: If the request is not a JSON object, or an option is for another line of
            the standard.
    """
    if request is not None and not isinstance(request, dict):
        raise click.UsageError("--request must be a JSON object")
    template: dict[str, Any] = dict(request or {})
    for name in ("input", "runtime_selector"):
        if not isinstance(template.get(name, {}), dict):
            raise click.UsageError(f"--request: {name} must be a JSON object")
    chosen = {name: value for name, value in selectors.items() if value}
    for name in chosen:
        if name not in source.line.selectors:
            flag, other = SELECTORS[name], SELECTORS[source.line.selectors[0]]
            where = f"{source.line.name}, the line of {source.name}"
            raise click.UsageError(f"{flag} is not for {where}: use {other}")
    if "node_type" in source.line.selectors:
        if text := chosen.get("node_type"):
            template["root_node_type_ref"] = node_type_ref(text)
        elif source.node_type:
            template.setdefault("root_node_type_ref", node_type_ref(source.node_type))
        elif request is None:
            what = f"A run of {source.line.name} needs a node type: --node-type ID@VERSION"
            raise click.UsageError(f"{what}, or arp context add NAME --node-type ID@VERSION")
    elif chosen:
        template["runtime_selector"] = {**template.get("runtime_selector", {}), **chosen}
    return template
