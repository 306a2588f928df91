"""`arp tools` and `arp invoke`: the tools of a tool registry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from arp_sdk.cli._failure import Problem
from arp_sdk.cli._operations.tool_arguments import parse_arguments
from arp_sdk.cli._operations.values import Json
from arp_sdk.cli._output.formats import Format, output_option, write, write_items
from arp_sdk.cli._session.completion import completer
from arp_sdk.cli._session.session import Session


@click.group("tools", invoke_without_command=True, short_help="List the tools, or show one.")
@output_option
@click.pass_context
def tools(ctx: click.Context, output: Format) -> None:
    """List the tools, or show one."""
    if ctx.invoked_subcommand is None:
        write_items(Session.current().tools.list_tools(), output, _table)


def _table(definitions: Iterable[Any]) -> None:
    from arp_sdk.cli._output.views import show_table

    rows = [[each.name, each.description or "", str(each.source)] for each in definitions]
    show_table(rows, ["tool", "description", "source"], "The tool registry has no tools.")


@tools.command("show")
@click.argument("tool", shell_complete=completer("tool"))
@output_option
def show(tool: str, output: Format) -> None:
    """Show a tool, with the schema of its arguments."""
    write(_definition(tool), output, _record)


def _definition(tool: str) -> Any:
    definitions = Session.current().tools.list_tools()
    for name in ("name", "tool_id"):
        for each in definitions:
            if getattr(each, name) == tool:
                return each
    raise Problem(f"The tool registry has no tool {tool!r}.", "List the tools: arp tools")


def _record(definition: Any) -> None:
    from arp_sdk.cli._output.text import as_json
    from arp_sdk.cli._output.views import console, show_record, text

    show_record(
        {
            "tool": definition.name,
            "id": definition.tool_id,
            "description": definition.description,
            "source": str(definition.source),
        }
    )
    schemas = {"arguments": definition.input_schema, "result": definition.output_schema}
    for title, schema in schemas.items():
        if schema is not None:
            console().print(text(f"\n{title}", "bold"))
            console().print(text(as_json(schema, indent=2)), soft_wrap=True)


@click.command("invoke", epilog="arp invoke calc expression='19*23'")
@click.argument("tool", shell_complete=completer("tool"))
@click.argument("arguments", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--args", "given", type=Json(), help="Arguments as a JSON object, @FILE or -.")
@output_option
def invoke(tool: str, arguments: tuple[str, ...], given: Any, output: Format) -> None:
    """Invoke a tool and print its result.

    A value is text, or JSON where the tool's schema says so. The arguments are checked against
    the schema before anything is sent. NAME:=JSON is always JSON.
    """
    if given is not None and not isinstance(given, dict):
        raise click.UsageError("--args must be a JSON object")
    definition = _definition(tool)
    values = {**(given or {}), **parse_arguments(arguments, definition.input_schema)}
    registry = Session.current().tools
    registry.validate(definition, values)
    write(registry.invoke(definition, values), output, _result)


def _result(result: Any) -> None:
    from arp_sdk.cli._output.views import show_anything

    show_anything(result)
