"""The command `arp`: its groups of commands, its errors and its exit codes."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

import click
from click.shell_completion import shell_complete

from ._commands.completion import COMPLETE_VARIABLE, completion
from ._commands.context import context
from ._commands.dev import dev
from ._commands.other import check, mcp
from ._commands.resources import instances, profiles
from ._commands.run import run
from ._commands.runs import cancel, result, runs, trace, watch
from ._commands.tools import invoke, tools
from ._commands.ui import ui
from ._failure import ExitCode, explain
from ._operations.commands import ServiceGroup
from ._output.text import plain
from ._session.completion import completer
from ._session.lines import ALL_SERVICES, LINES


class _Arp(click.Group):
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the everyday commands, and then the services of each line."""
        del ctx
        others = {service.slug for service in ALL_SERVICES}
        sections = [("Commands", [name for name in self.commands if name not in others])]
        for line in LINES:
            names = [each.slug for each in line.services if each.slug in self.commands]
            sections.append((f"Every operation of a service of {line.name}", names))
        for title, names in sections:
            with formatter.section(title):
                formatter.write_dl(
                    (name, self.commands[name].get_short_help_str(formatter.width))
                    for name in names
                )


def _version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    del parameter
    if not value or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    clients = [service.distribution for service in ALL_SERVICES]
    for name in ("arp-cli", "arp-core", *clients, "arp-sandbox"):
        with suppress(PackageNotFoundError):
            sys.stdout.write(f"{name} {version(name)}\n")
    ctx.exit()


@click.group(
    "arp",
    cls=_Arp,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 success, 1 the run or tool failed, 2 wrong usage, 3 rejected by the "
    "service, 4 service unreachable, 5 timeout, 130 interrupted.",
)
@click.option(
    "--context", metavar="NAME", help="Context to use.", shell_complete=completer("context")
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
    help="Print the versions of the packages.",
)  # fmt: skip
def arp(context: str | None) -> None:
    """Work with the services of the Agent Runtime Protocol: runs, tools, instances."""
    del context


for _command in (
    dev, ui, run, watch, runs, result, cancel, trace, tools, invoke, instances, profiles, context,
    check, mcp, completion,
):  # fmt: skip
    arp.add_command(_command)
for _service in ALL_SERVICES:
    # An everyday command keeps its name.
    if _service.slug not in arp.commands:
        arp.add_command(ServiceGroup(_service))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The arguments without the program's name; by default, those of the process.

    Returns:
        The exit code.
    """
    for stream in (sys.stdout, sys.stderr):
        # Text that the encoding lacks must not end a command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    given = [*(sys.argv[1:] if arguments is None else arguments)]
    instruction = os.environ.get(COMPLETE_VARIABLE)
    if instruction and arguments is None:
        return shell_complete(arp, {}, "arp", COMPLETE_VARIABLE, instruction)
    try:
        code = _run(given)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Python flushes stdout once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.CLOSED_PIPE


def _run(arguments: list[str]) -> int:
    try:
        with arp.make_context("arp", arguments) as ctx:
            arp.invoke(ctx)
    except click.exceptions.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("\narp: interrupted\n")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:
        failure = explain(error)
        if failure is None:
            raise
        sys.stdout.flush()
        lines = [plain(each) for each in (failure.what, failure.hint, failure.url) if each]
        sys.stderr.write("arp: " + "\n     ".join(lines) + "\n")
        return failure.code
    return ExitCode.SUCCESS
