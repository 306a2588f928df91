"""The intermediate representation: what the templates see. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Scalar:
    """A Python type that needs no definition, such as `str` or `AwareDatetime`."""

    python: str


@dataclass(frozen=True)
class Anything:
    """Free-form JSON."""


@dataclass(frozen=True)
class Named:
    """A reference to a definition.

    Attributes:
        name: Its Python name.
        module: The module that defines it, such as `arp_sdk.models._common`.
    """

    name: str
    module: str


@dataclass(frozen=True)
class ListOf:
    item: Type


@dataclass(frozen=True)
class MapOf:
    value: Type
    key: Type = Scalar("str")


@dataclass(frozen=True)
class UnionOf:
    members: tuple[Type, ...]


@dataclass(frozen=True)
class Nullable:
    inner: Type


@dataclass(frozen=True)
class Limited:
    """A type with constraints, by the keywords of `msgspec.Meta`, as source text."""

    inner: Type
    limits: tuple[tuple[str, str], ...]


Type = Scalar | Anything | Named | ListOf | MapOf | UnionOf | Nullable | Limited


@dataclass(frozen=True)
class Field:
    """A property of a model.

    Attributes:
        name: Its Python name.
        wire_name: Its name in JSON.
        type: Its type, without the null of an optional field.
        required: Whether the contract demands it.
        doc: Its description.
    """

    name: str
    wire_name: str
    type: Type
    required: bool
    doc: str


@dataclass(frozen=True)
class Model:
    """An object with known properties.

    Attributes:
        name: Its Python name.
        doc: Its description.
        fields: Its properties.
        required_any: Sets of fields of which one must be complete.
        formats: The class that converts it to the shapes of other ecosystems, or nothing.
    """

    name: str
    doc: str
    fields: tuple[Field, ...]
    required_any: tuple[tuple[str, ...], ...] = ()
    formats: str = ""


@dataclass(frozen=True)
class Member:
    name: str
    value: str
    doc: str


@dataclass(frozen=True)
class Enumeration:
    """A set of strings."""

    name: str
    doc: str
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Alias:
    """A named type that is no object, such as a map or a constrained string."""

    name: str
    doc: str
    type: Type


@dataclass(frozen=True)
class Choice:
    """A union of objects, which needs help to be read.

    Attributes:
        variants: The types to choose from.
        discriminator: The property that names the variant, or an empty string.
        mapping: The variant for each value of the discriminator.
    """

    name: str
    doc: str
    variants: tuple[Type, ...]
    discriminator: str = ""
    mapping: tuple[tuple[str, Type], ...] = ()


Definition = Model | Enumeration | Alias | Choice


@dataclass
class Module:
    """A module of definitions.

    Attributes:
        name: Its full name, such as `arp_sdk.models._common`.
        definitions: In an order in which each can be evaluated.
        quoted: Definitions that refer to a later one, which must be quoted, by name.
    """

    name: str
    definitions: list[Definition] = field(default_factory=list)
    quoted: dict[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation."""

    argument: str
    wire_name: str
    place: Literal["path", "query", "header"]
    type: Type
    required: bool
    explode: bool
    doc: str


@dataclass(frozen=True)
class Body:
    """A request body."""

    type: Type
    required: bool
    doc: str


@dataclass(frozen=True)
class Operation:
    """An operation of a service.

    Attributes:
        id: The contract's operationId.
        method: HTTP method.
        path: Path template.
        name: The Python method's name.
        constant: The name of the operation's constant.
        summary: One sentence.
        doc: More sentences.
        parameters: In the contract's order.
        body: The request body, or None.
        answers: The type of each success status; None for no body.
        answer_docs: What each success answer is, by its status.
        result: What the method returns; None for nothing.
        events: For a streamed answer, the type of one event; else None.
        streams: The media types of a streamed answer.
        effect_key: (request property, operationId of the look-up), or None.
        authenticated: Whether the contract demands credentials.
    """

    id: str
    method: str
    path: str
    name: str
    constant: str
    summary: str
    doc: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    answers: tuple[tuple[int, Type | None], ...]
    answer_docs: tuple[tuple[int, str], ...]
    result: Type | None
    events: Type | None = None
    streams: tuple[str, ...] = ()
    effect_key: tuple[str, str] | None = None
    authenticated: bool = True


@dataclass(frozen=True)
class Service:
    """A service, and the package that is made for it.

    Attributes:
        slug: Its name in its document's file name.
        title: Its name for people.
        doc: What it does.
        module: The package, such as `arp_sdk.pets`.
        client: Name of the client class.
        distribution: Name of the distribution.
        url_variable: The environment variable for its URL.
        api_root: The path that all operations share.
        operations: In the document's order.
        models: The models that no other service shares, or None.
        credentials: What it accepts as credentials, in words.
        workflows: What is made of operations that belong together.
    """

    slug: str
    title: str
    doc: str
    module: str
    client: str
    distribution: str
    url_variable: str
    api_root: str
    operations: tuple[Operation, ...]
    models: Module | None
    credentials: tuple[str, ...]
    workflows: tuple[Workflow, ...] = ()


@dataclass(frozen=True)
class Pageable:
    """A list that comes page by page.

    Attributes:
        operation: The operation that returns a page.
        name: Name of the method that walks through the list.
        items: The answer's property that holds the items.
        token: The parameter that takes a page's token.
        next_token: The path in the answer to the next page's token.
    """

    operation: Operation
    name: str
    items: Field
    token: Parameter
    next_token: tuple[str, ...]


@dataclass(frozen=True)
class Streamed:
    """How the events of a stream are told apart."""

    operation: Operation
    seq: str
    kind: str
    last: tuple[str, ...]


@dataclass(frozen=True)
class CancelElsewhere:
    """How to cancel by the service that does the work."""

    worker: str
    list: Operation
    items: str
    key: str
    endpoint: str
    path: str


@dataclass(frozen=True)
class LongRunning:
    """Work that goes on after it was accepted."""

    operation: Operation
    name: str
    status: Operation
    result: Operation
    id: str
    state: str
    final: tuple[str, ...]
    ok: str
    error: str
    shorthand: tuple[str, ...]
    cancel: Operation | CancelElsewhere | None
    events: Operation | None


@dataclass(frozen=True)
class Leasable:
    """Things that are created, used and deleted in the end."""

    operation: Operation
    name: str
    wait: str
    list: Operation
    delete: Operation
    items: Field
    id: str
    state: str
    ready: tuple[str, ...]
    pending: tuple[str, ...]
    arguments: tuple[Field, ...]


@dataclass(frozen=True)
class Invocable:
    """Functions that are listed and invoked by name.

    Attributes:
        operation: The operation that invokes one.
        invoke: Name of the method that invokes one.
        validate: Name of the method that checks arguments.
        index: Name of the method that returns all by name.
        list: The operation that lists them.
        definition: The type of a definition.
        fields: The properties that matter, by what they are.
    """

    operation: Operation
    invoke: str
    validate: str
    index: str
    list: Operation
    definition: Type
    fields: dict[str, str]


Workflow = Pageable | Streamed | LongRunning | Leasable | Invocable
