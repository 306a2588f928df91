"""The intermediate representation of a contract, which the templates render. Data only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal


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
        module: The module that defines it, such as `arp_sdk.models._common`.
    """

    name: str
    module: str


@dataclass(frozen=True)
class ListOf:
    """An array."""

    item: Type


@dataclass(frozen=True)
class MapOf:
    """An object whose keys are data."""

    value: Type
    key: Type = Scalar("str")


@dataclass(frozen=True)
class UnionOf:
    """A union that msgspec reads without help."""

    members: tuple[Type, ...]


@dataclass(frozen=True)
class Nullable:
    """A type that also has null."""

    inner: Type


@dataclass(frozen=True)
class Content:
    """A response body in other media types than `application/json`."""

    type: Type
    media_types: tuple[str, ...]


Limits = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Limited:
    """A type with constraints, by the keywords of `msgspec.Meta`."""

    inner: Type
    limits: Limits


Type = Scalar | Anything | Named | ListOf | MapOf | UnionOf | Nullable | Limited | Content


@dataclass(frozen=True)
class Field:
    """A property of a model. The type is without the null of an optional property."""

    name: str
    wire_name: str
    type: Type
    required: bool
    nullable: bool
    doc: str


@dataclass(frozen=True)
class Model:
    """An object with known properties.

    Attributes:
        required_any: Sets of fields of which one must be complete.
        excluded: Sets of fields of which none may be complete.
        formats: The class that converts it to the formats of other ecosystems, or empty.
        extra: The type of properties besides the declared ones, or None if there are none.
    """

    name: str
    doc: str
    fields: tuple[Field, ...]
    required_any: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()
    formats: str = ""
    extra: Type | None = None


@dataclass(frozen=True)
class Member:
    """A value of an enumeration."""

    name: str
    value: str | int
    doc: str


@dataclass(frozen=True)
class Enumeration:
    """A set of strings, or of integers."""

    name: str
    doc: str
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Alias:
    """A named type that is not an object, such as a map or a constrained string."""

    name: str
    doc: str
    type: Type


@dataclass(frozen=True)
class Choice:
    """A union of objects, which msgspec cannot read without help.

    Attributes:
        discriminator: The property that names the variant, or empty.
        mapping: The variant for each value of the discriminator.
        tags: The constant properties of each variant with their values, if there are any.
    """

    name: str
    doc: str
    variants: tuple[Type, ...]
    discriminator: str = ""
    mapping: tuple[tuple[str | int, Type], ...] = ()
    tags: tuple[dict[str, tuple[str | int, ...]], ...] = ()


Definition = Model | Enumeration | Alias | Choice


@dataclass
class Module:
    """A module of definitions.

    Attributes:
        name: Its full name, such as `arp_sdk.models._common`.
        definitions: In an order in which each can be evaluated.
        quoted: The later definitions that a definition refers to, by its name.
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
    style: str = "form"


@dataclass(frozen=True)
class Body:
    """A request body. `encoding` is the style of properties of a form, and if it is exploded."""

    type: Type
    required: bool
    doc: str
    media_type: str = "application/json"
    encoding: tuple[tuple[str, str, bool], ...] = ()

    @property
    def nullable(self) -> bool:
        """True if it may be null."""
        type_ = self.type.inner if isinstance(self.type, Limited) else self.type
        return isinstance(type_, Nullable) or (self.required and isinstance(type_, Anything))


@dataclass(frozen=True)
class Operation:
    """An operation of a service.

    Attributes:
        id: The contract's operationId.
        name: The Python method's name.
        constant: The name of the operation's constant.
        responses: The type for each success status; None for no body.
        response_docs: The description for each success status.
        result: The return type of the method; None for nothing.
        events: The type of one event of a stream, or None.
        streams: The media types of a stream.
        effect_key: The properties of the request with the keys, and the operationId of the
            look-up or an empty string; or None.
        stream_flag: The property of the body that asks for a stream, and its value, or None.
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
    responses: tuple[tuple[int, Type | None], ...]
    response_docs: tuple[tuple[int, str], ...]
    result: Type | None
    events: Type | None = None
    streams: tuple[str, ...] = ()
    effect_key: tuple[tuple[str, ...], str] | None = None
    authenticated: bool = True
    stream_flag: tuple[str, bool] | None = None


@dataclass(frozen=True)
class Service:
    """A service, and its package.

    Attributes:
        slug: The name of its document without suffixes.
        module: The package, such as `arp_sdk.pets`.
        url_variable: The environment variable for its URL.
        api_root: The path that all operations share.
        models: The models that only this service uses, or None.
        credentials: The kinds of credentials that it accepts, in words.
        workflows: The workflows that the client builds of several calls.
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
    """A list that is returned page by page (`x-arp-pageable`, in ../spec/README.md)."""

    operation: Operation
    name: str
    items: Field
    token: Parameter
    next_token: tuple[str, ...]


@dataclass(frozen=True)
class Streamed:
    """A stream of numbered events (`x-arp-stream`, in ../spec/README.md)."""

    operation: Operation
    seq: str
    kind: str
    last: tuple[str, ...]
    final: tuple[str, ...]
    sparse: bool


@dataclass(frozen=True)
class WorkerLookup:
    """The way to find the service that does the work; `name` is a property of the status."""

    name: str
    list: Operation
    items: str
    key: str
    endpoint: str


@dataclass(frozen=True)
class LongRunning:
    """Work that continues after the response (`x-arp-long-running`, in ../spec/README.md).

    `cancel` and `events` are operations of the worker, if there is a `worker`.
    """

    operation: Operation
    name: str
    status: Operation
    result: Operation | None
    result_id: str
    service: str
    id: str
    state: str
    final: tuple[str, ...]
    overtaken: tuple[str, ...]
    ok: str
    succeeded: tuple[str, ...]
    error: tuple[str, ...]
    shorthand: tuple[str, ...]
    worker: WorkerLookup | None
    cancel: Operation | None
    events: Operation | None

    @property
    def outcome(self) -> Type | None:
        """The type of the result: the status, or the result of another service if asked for."""
        if self.result is None:
            return self.status.result
        both = (self.status.result, self.result.result)
        if not self.service or None in both:
            return self.result.result
        return UnionOf(tuple(type_ for type_ in both if type_ is not None))


@dataclass(frozen=True)
class Leasable:
    """Resources that are created, used and deleted (`x-arp-lease`, in ../spec/README.md)."""

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
    """Functions that are listed and invoked by name (`x-arp-invoke`, in ../spec/README.md).

    `invoke`, `validate` and `index` are names of methods; `fields` are properties by their role.
    """

    operation: Operation
    invoke: str
    validate: str
    index: str
    list: Operation
    definition: Type
    fields: dict[str, str]


Workflow = Pageable | Streamed | LongRunning | Leasable | Invocable


@dataclass(frozen=True)
class Api:
    """A whole contract.

    Attributes:
        shared: The modules of the models that services share.
        omitted: The operations that were left out, with the reasons.
    """

    services: tuple[Service, ...]
    shared: tuple[Module, ...]
    omitted: tuple[str, ...] = ()


def types_in(definition: Definition) -> Iterator[Type]:
    """Iterate over the types that a definition is made of."""
    if isinstance(definition, Model):
        yield from (each.type for each in definition.fields)
        if definition.extra is not None:
            yield definition.extra
    elif isinstance(definition, Alias):
        yield definition.type
    elif isinstance(definition, Choice):
        yield from (*definition.variants, *(variant for _, variant in definition.mapping))


def references(definition: Definition) -> Iterator[Named]:
    """Iterate over the definitions that a definition refers to."""
    for type_ in types_in(definition):
        yield from names_in(type_)


def parts(type_: Type) -> tuple[Type, ...]:
    """Return the types that a type is made of."""
    if isinstance(type_, ListOf):
        return (type_.item,)
    if isinstance(type_, MapOf):
        return (type_.value, type_.key)
    if isinstance(type_, (Nullable, Limited)):
        return (type_.inner,)
    if isinstance(type_, Content):
        return (type_.type,)
    return type_.members if isinstance(type_, UnionOf) else ()


def without(definition: Definition, named: Named) -> Definition:
    """Return an alias or a choice with any JSON in place of a definition."""
    if isinstance(definition, Alias):
        return replace(definition, type=_without(definition.type, named))
    if isinstance(definition, Choice):
        variants = tuple(_without(variant, named) for variant in definition.variants)
        mapping = tuple((tag, _without(variant, named)) for tag, variant in definition.mapping)
        return replace(definition, variants=variants, mapping=mapping)
    return definition


def _without(type_: Type, named: Named) -> Type:
    if type_ == named:
        return Anything()
    if isinstance(type_, ListOf):
        return ListOf(_without(type_.item, named))
    if isinstance(type_, MapOf):
        return MapOf(_without(type_.value, named), type_.key)
    if isinstance(type_, UnionOf):
        return UnionOf(tuple(_without(member, named) for member in type_.members))
    if isinstance(type_, (Nullable, Limited)):
        return replace(type_, inner=_without(type_.inner, named))
    return type_


def names_in(type_: Type | None) -> Iterator[Named]:
    """Iterate over the definitions that a type refers to."""
    if isinstance(type_, Named):
        yield type_
    elif type_ is not None:
        for part in parts(type_):
            yield from names_in(part)


def types_of(operation: Operation) -> Iterator[Type | None]:
    """Iterate over the types that an operation takes and returns."""
    yield operation.result
    yield operation.events
    yield operation.body.type if operation.body else None
    for parameter in operation.parameters:
        yield parameter.type
    for _, type_ in operation.responses:
        yield type_
