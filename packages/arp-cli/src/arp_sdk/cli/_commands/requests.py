"""Requests for runs, from the options of `arp run`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from arp_sdk.cli._operations.values import read_as

if TYPE_CHECKING:
    from arp_sdk.models import RunRequest


def as_request(value: dict[str, Any]) -> RunRequest:
    """Return the request that a JSON object stands for, checked against the contract."""
    from arp_sdk.models import RunRequest

    made: RunRequest = read_as(value, RunRequest, "the request")
    made.validate()
    return made


def request_template(request: Any, instance: str | None, profile: str | None) -> dict[str, Any]:
    """Return the properties that options give to every request.

    Raises:
        click.UsageError: If the request is not a JSON object.
    """
    if request is not None and not isinstance(request, dict):
        raise click.UsageError("--request must be a JSON object")
    template: dict[str, Any] = dict(request or {})
    for name in ("input", "runtime_selector"):
        if not isinstance(template.get(name, {}), dict):
            raise click.UsageError(f"--request: {name} must be a JSON object")
    selector = {"instance_id": instance, "runtime_profile": profile}
    chosen = {name: value for name, value in selector.items() if value}
    if chosen:
        template["runtime_selector"] = {**template.get("runtime_selector", {}), **chosen}
    return template
