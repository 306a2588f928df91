"""One operation of the contract, as data that the generated clients use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

import msgspec

T = TypeVar("T")

Method = Literal["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"]
IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class Parameter(msgspec.Struct, frozen=True):
    """A path, query or header parameter.

    Attributes:
        name: Its name on the wire.
        type: Its Python type, with the contract's bounds as `msgspec.Meta`.
        required: True if the contract requires it.
        explode: True if an array is sent as one pair for each element, False if as one value
            with commas.
        style: The form of an array or an object: `form`, `deepObject` (`name[key]=value`),
            `spaceDelimited`, `pipeDelimited`, or `json`.
    """

    name: str
    type: Any = str
    required: bool = False
    explode: bool = True
    style: str = "form"


class Content(msgspec.Struct, frozen=True):
    """A response body in other media types than `application/json`.

    Attributes:
        type: Its Python type: that of the JSON value, `str` for text, `bytes` for others.
        media_types: The media types, in order of preference.
    """

    type: Any
    media_types: Sequence[str]


class EffectKey(msgspec.Struct, frozen=True):
    """The identifier that makes a POST safe to retry (the contract's `x-arp-idempotency`).

    Attributes:
        property: The property of the request that identifies the effect, chosen by the client.
        lookup: The operation that takes the identifier and shows if the effect exists, or None if
            the service itself returns the effect again when a request is repeated.
        items: Property of the request with the array whose elements have `property`, or an empty
            string if the request itself has it.
    """

    property: str
    lookup: Operation[Any] | None = None
    items: str = ""


class Operation(msgspec.Struct, Generic[T], frozen=True, dict=True):
    """One operation of a service. `T` is the type of its success responses.

    Attributes:
        name: The contract's operationId.
        method: HTTP method.
        path: Path template, such as `/v1/runs/{run_id}:cancel`.
        responses: Type of the response body by success status; None for a response without a body,
            a `Content` for one that is not `application/json`.
        path_parameters: Path parameters, in the order of the template.
        query: Query parameters by argument name.
        headers: Header parameters by argument name.
        body: Type of the request body, or None if the operation takes none.
        body_required: True if the contract requires the body.
        body_nullable: True if the body may be null: None is sent as null, and `UNSET` is absent.
        media_type: Media type of the request body.
        encoding: Properties of a form that are not sent in the usual way, by their names.
        stream_flag: Property of the request that is true for a stream and false for a single
            response, and its value for this operation, or None.
        events: Type of the data of an event, or None if the response is not a stream.
        streams: Media types of a streamed response, in order of preference.
        effect_key: Identifier that makes a POST safe to retry, or None.
        authenticated: True if the contract requires credentials.
    """

    name: str
    method: Method
    path: str
    responses: Mapping[int, Any]
    path_parameters: Sequence[Parameter] = ()
    query: Mapping[str, Parameter] = {}
    headers: Mapping[str, Parameter] = {}
    body: Any = None
    body_required: bool = True
    body_nullable: bool = False
    media_type: str = "application/json"
    encoding: Mapping[str, Parameter] = {}
    stream_flag: tuple[str, bool] | None = None
    events: Any = None
    streams: Sequence[str] = ()
    effect_key: EffectKey | None = None
    authenticated: bool = True

    @property
    def idempotent(self) -> bool:
        """True if two requests have the effect of one, by the HTTP method (RFC 9110, 9.2.2)."""
        return self.method in IDEMPOTENT_METHODS

    @cached_property
    def accept(self) -> str:
        """The `Accept` header: the streamed media types, those of the responses, or JSON."""
        if self.streams:
            return ", ".join((*self.streams, "application/json"))
        found: list[str] = []
        for type_ in self.responses.values():
            found += type_.media_types if isinstance(type_, Content) else ("application/json",)
        return ", ".join(dict.fromkeys(found))

    @cached_property
    def path_pieces(self) -> tuple[str, ...]:
        """The literal pieces of the path template, around its parameters."""
        pieces = self.path
        for parameter in self.path_parameters:
            pieces = pieces.replace("{" + parameter.name + "}", "\0")
        return tuple(pieces.split("\0"))

    def response_type(self, status: int) -> Any:
        """Return the type of the response with a success status.

        If the contract does not list the status, this is the type of the first status that it
        lists.
        """
        if status in self.responses:
            return self.responses[status]
        return next(iter(self.responses.values()), None)


class Service(msgspec.Struct, frozen=True):
    """The facts of the contract about a service.

    Attributes:
        distribution: Distribution that contains its client.
        version: Version of the distribution.
        api_root: Path that all operations begin with, such as `/v1`.
        url_variable: Environment variable with the default of `base_url`.
    """

    distribution: str
    version: str
    api_root: str
    url_variable: str
