"""Click commands for the operations of the contract."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import cached_property
from importlib import import_module
from typing import Any

import click

from arp_sdk.cli._contract import Command, Option, Service
from arp_sdk.cli._output.formats import Format, output_option, write, write_stream
from arp_sdk.cli._session.completion import completer
from arp_sdk.cli._session.lines import ALL_SERVICES
from arp_sdk.cli._session.session import Session, client_class

from .values import Json, Raw, read_as

_TYPES: dict[str, click.ParamType[Any]] = {
    "string": click.STRING,
    "integer": click.INT,
    "number": click.FLOAT,
    "boolean": click.BOOL,
    "json": Json(),
}
BODY_FLAG = "--body"


def commands_of(service: Service) -> tuple[Command, ...]:
    """Return the commands of a service, which are imported only now."""
    commands: tuple[Command, ...] = import_module(service.commands).COMMANDS
    return commands


class ServiceGroup(click.Group):
    """The commands of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        super().__init__(
            service.slug,
            help=f"Call the operations of the {service.title}.",
            short_help=f"Operations of the {service.title}.",
        )

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in the order of the contract."""
        del ctx
        return [command.name for command in commands_of(self._service)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        del ctx
        for command in commands_of(self._service):
            if command.name == cmd_name:
                return operation_command(self._service, command)
        return None


class Alias(click.Command):
    """A short name for the command of an operation, which is made only when it is used.

    Args:
        positional: An option that the short form takes as an argument.
    """

    def __init__(self, slug: str, name: str, operation: str, positional: str) -> None:
        super().__init__(name)
        self._of = slug, operation, positional

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the line for the list of commands."""
        return self._made.get_short_help_str(limit)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Make the context of the command of the operation."""
        return self._made.make_context(info_name, args, parent, **extra)

    @cached_property
    def _made(self) -> click.Command:
        slug, operation, positional = self._of
        (service,) = (each for each in ALL_SERVICES if each.slug == slug)
        (command,) = (each for each in commands_of(service) if each.name == operation)
        return operation_command(service, command, positional)


def operation_command(service: Service, command: Command, positional: str = "") -> click.Command:
    """Return the command of an operation; the option `positional` becomes an argument."""
    parameters = [
        _parameter(option, index, is_argument=option.place == "path" or option.flag == positional)
        for index, option in enumerate(command.options)
    ]
    # Arguments first, so that they are checked and shown before the options.
    parameters.sort(key=lambda parameter: not isinstance(parameter, click.Argument))
    made = click.Command(
        command.name,
        params=[*parameters, *_body_parameters(command)],
        help=_help(command),
        short_help=command.summary,
        callback=output_option(_callback(service, command)),
    )
    made.params += reversed(getattr(made.callback, "__click_params__", []))
    return made


def _help(command: Command) -> str:
    arguments = [
        f"{option.flag.upper()}: {option.doc}"
        for option in command.options
        if option.place == "path"
    ]
    return "\n\n".join(filter(None, [command.summary, command.doc, *arguments, command.call]))


def _parameter(option: Option, index: int, *, is_argument: bool) -> click.Parameter:
    type_ = click.Choice(option.choices) if option.choices else _TYPES[option.kind]
    # The contract's names need not be identifiers.
    name = f"value_{index}"
    complete = completer(option.name)
    if is_argument:
        return click.Argument(
            [name],
            type=type_,
            required=option.place == "path",
            metavar=option.flag.upper(),
            shell_complete=complete,
        )
    # A property of the body may come with --body instead.
    is_flag = option.kind == "boolean" and not option.repeated
    declared = f"--{option.flag}/--no-{option.flag}" if is_flag else f"--{option.flag}"
    needed = " [required]" if option.required and option.place == "body" else ""
    return click.Option(
        [name, declared],
        type=type_,
        multiple=option.repeated,
        required=option.required and option.place != "body",
        default=None,
        help=option.doc + needed,
        shell_complete=complete,
    )


def _body_parameters(command: Command) -> list[click.Parameter]:
    if not command.body:
        return []
    if command.raw:
        text, type_ = "The body as text, @FILE or - for stdin.", Raw()
        return [click.Option(["body", BODY_FLAG], type=type_, help=text)]
    text = "The whole body as JSON, @FILE or - for stdin. Other options replace its properties."
    return [click.Option(["body", BODY_FLAG], type=Json(), help=text)]


def _callback(service: Service, command: Command) -> Callable[..., None]:
    def call(output: Format, body: Any = None, **given: Any) -> None:
        client_class(service)  # It says what to install if it is missing.
        operation = getattr(import_module(f"{service.module}.operations"), command.constant)
        properties: dict[str, Any] = {}
        path: list[Any] = []
        keywords: dict[str, Any] = {}
        for index, option in enumerate(command.options):
            value = given[f"value_{index}"]
            value = list(value) if option.repeated else value
            if option.place == "path":
                type_ = operation.path_parameters[len(path)].type
                path.append(read_as(value, type_, option.flag.upper()))
            elif value in (None, []):
                continue
            elif option.place == "body":
                properties[option.name] = value
            else:
                place = operation.query if option.place == "query" else operation.headers
                type_ = place[option.name].type
                keywords[option.name] = read_as(value, type_, f"--{option.flag}")
        if command.raw:
            if body is not None or command.body == "required":
                content = body or b""
                path.append(content if operation.body is bytes else content.decode())
        elif command.body:
            merged = _merged(body, properties)
            if merged is not None or command.body == "required":
                path.append(read_as({} if merged is None else merged, operation.body, "the body"))
        client = Session.current().client(service.slug)
        result = getattr(client, command.method)(*path, **keywords)
        _show(operation, result, output)

    return call


def _merged(body: Any, properties: dict[str, Any]) -> Any:
    if not properties:
        return body
    if body is not None and not isinstance(body, dict):
        raise click.UsageError(f"{BODY_FLAG} is not an object, so that no option can be part of it")
    return {**(body or {}), **properties}


def _show(operation: Any, result: Any, output: Format) -> None:
    if operation.events is not None:
        with result:
            write_stream(_events(result), output)
    elif isinstance(result, bytes):
        sys.stdout.flush()
        sys.stdout.buffer.write(result)
    elif result is not None:
        from arp_sdk.cli._output.views import show_anything

        write(result, output, show_anything)


def _events(events: Iterable[Any]) -> Iterable[Any]:
    """Yield events; the data of one without a type of its own is text."""
    from arp_sdk.core import ServerSentEvent

    for event in events:
        if isinstance(event, ServerSentEvent):
            data = event.data.decode(errors="replace")
            yield {"event": event.event, "data": data, "id": event.id}
        else:
            yield event
