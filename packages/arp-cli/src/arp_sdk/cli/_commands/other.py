"""`arp check` and `arp mcp`: commands of other distributions, with their own options."""

from __future__ import annotations

from importlib import import_module

import click

from arp_sdk.cli._failure import Problem


def _command(name: str, help_: str) -> click.Command:
    """Return a command that hands its arguments to the module of the same name."""

    @click.command(
        name,
        help=help_,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True},
    )
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    @click.pass_context
    def command(ctx: click.Context, arguments: tuple[str, ...]) -> None:
        try:
            main = import_module(f"arp_sdk.{name}.__main__").main
        except ImportError as error:
            hint = f'Install it: python3 -m pip install "arp-cli[{name}]"'
            raise Problem(f"arp {name} is not installed ({error})", hint) from None
        ctx.exit(main(arguments))

    return command


check = _command("check", "Check that a service conforms to the contract.")
mcp = _command("mcp", "Serve tools and runs to MCP hosts, or MCP tools to runtimes.")
