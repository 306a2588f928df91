"""`arp instances` and `arp profiles`, which are short names for operations of the daemon."""

from __future__ import annotations

from typing import Any

import click

from arp_sdk.cli._operations.commands import Alias
from arp_sdk.cli._output.formats import Format, output_option, write_items
from arp_sdk.cli._output.text import short
from arp_sdk.cli._session.session import Session


@click.group("instances", invoke_without_command=True)
@output_option
@click.pass_context
def instances(ctx: click.Context, output: Format) -> None:
    """List, create, register and delete runtime instances."""
    if ctx.invoked_subcommand is None:
        found = Session.current().daemon.list_instances().instances
        columns = {
            "instance": "instance_id",
            "state": "state",
            "profile": "runtime_profile",
            "address": "runtime_api_endpoint",
        }
        write_items(found, output, _table(columns, "The daemon has no instances."))


@click.group("profiles", invoke_without_command=True)
@output_option
@click.pass_context
def profiles(ctx: click.Context, output: Format) -> None:
    """List, set and delete the profiles that instances are created from."""
    if ctx.invoked_subcommand is None:
        found = Session.current().daemon.list_runtime_profiles().profiles
        columns = {
            "profile": "runtime_profile",
            "runtime": "runtime_name",
            "description": "description",
        }
        write_items(found, output, _table(columns, "The daemon has no profiles."))


def _table(columns: dict[str, str], empty: str) -> Any:
    def view(items: Any) -> None:
        from arp_sdk.cli._output.views import show_table

        rows = [[short(getattr(each, name)) for name in columns.values()] for each in items]
        show_table(rows, [*columns], empty)

    return view


for _group, *_names in (
    (instances, "create", "create-instances", "runtime-profile"),
    (instances, "register", "register-instance", "runtime-api-endpoint"),
    (instances, "delete", "delete-instance", ""),
    (profiles, "set", "upsert-runtime-profile", ""),
    (profiles, "delete", "delete-runtime-profile", ""),
):
    _group.add_command(Alias("daemon", *_names))
