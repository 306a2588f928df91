"""`arp completion`: the script that makes a shell complete commands and values."""

from __future__ import annotations

import sys

import click
from click.shell_completion import get_completion_class

COMPLETE_VARIABLE = "_ARP_COMPLETE"


_EXAMPLES = """\b
bash: add   eval "$(arp completion bash)"           to ~/.bashrc
zsh:  add   eval "$(arp completion zsh)"            to ~/.zshrc, after compinit
fish: run   arp completion fish > ~/.config/fish/completions/arp.fish
"""


@click.command("completion", epilog=_EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands, options, run ids and tools."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101  # the argument is one of those that click knows
    script = kind(ctx.find_root().command, {}, "arp", COMPLETE_VARIABLE)
    sys.stdout.write(script.source_template % script.source_vars())
