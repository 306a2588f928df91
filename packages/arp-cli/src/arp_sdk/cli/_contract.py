"""Services, commands and options as data, which the generator writes."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Service(NamedTuple):
    """A service of the contract.

    Attributes:
        slug: Its name, such as `tool-registry`.
        commands: The module with its commands as data.
        module: The package of its client.
    """

    slug: str
    title: str
    commands: str
    module: str
    client: str
    distribution: str
    url_variable: str

    @property
    def url_key(self) -> str:
        """The key of its URL in a context."""
        return f"{self.slug.replace('-', '_')}_url"


class Option(NamedTuple):
    """An argument or option of a command.

    Attributes:
        name: The argument of the client's method, or the property of the body.
        flag: Its name on the command line.
        place: The part of the request that the value goes to.
        kind: The type of a value, or of one of several.
    """

    name: str
    flag: str
    place: Literal["path", "query", "header", "body"]
    kind: Literal["string", "integer", "number", "boolean", "json"]
    required: bool = False
    repeated: bool = False
    choices: tuple[str | int, ...] = ()
    doc: str = ""


class Command(NamedTuple):
    """The command of an operation.

    Attributes:
        name: Its name on the command line.
        method: The method of the client.
        constant: The name of the operation in the client's module `operations`.
        call: The HTTP method and the path template.
        body: `required`, `optional`, or empty for an operation without a body.
        raw: True if the body is text or bytes rather than JSON.
    """

    name: str
    method: str
    constant: str
    summary: str
    doc: str
    call: str
    body: Literal["required", "optional", ""]
    options: tuple[Option, ...]
    raw: bool = False
