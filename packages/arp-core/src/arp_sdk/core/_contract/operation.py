"""What the contract says of one operation, as data that the generated clients carry."""

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
        required: Whether the contract demands it.
        explode: Whether an array is sent as one pair an element, or joined by commas.
    """

    name: str
    type: Any = str
    required: bool = False
    explode: bool = True


class EffectKey(msgspec.Struct, frozen=True):
    """How a POST is made safe to send again (the contract's `x-arp-idempotency`).

    Attributes:
        property: The request's property that identifies the effect, chosen by the client.
        lookup: The operation that says whether the effect exists, given that property.
    """

    property: str
    lookup: Operation[Any]


class Operation(msgspec.Struct, Generic[T], frozen=True, dict=True):
    """One operation of a service. `T` is the type of its success responses.

    Attributes:
        name: The contract's operationId.
        method: HTTP method.
        path: Path template, such as `/v1/runs/{run_id}:cancel`.
        responses: The type for each success status; None for a response without a body.
        path_parameters: In the order of the template.
        query: By argument name.
        headers: By argument name.
        body: Type of the request body, or None where the operation takes none.
        body_required: Whether the contract demands the body.
        events: Type of one event's data, for an operation that responds with a stream.
        streams: The media types of a streamed response, in order of preference.
        effect_key: How a POST is made safe to send again, or None.
        authenticated: Whether the contract demands credentials.
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
    events: Any = None
    streams: Sequence[str] = ()
    effect_key: EffectKey | None = None
    authenticated: bool = True

    @property
    def idempotent(self) -> bool:
        """Whether sending it twice has the effect of sending it once (RFC 9110, 9.2.2)."""
        return self.method in IDEMPOTENT_METHODS

    @cached_property
    def accept(self) -> str:
        """The `Accept` header: the streamed media types, or JSON."""
        return (
            ", ".join((*self.streams, "application/json")) if self.streams else "application/json"
        )

    @cached_property
    def path_pieces(self) -> tuple[str, ...]:
        """The literal pieces of the path template, around its parameters."""
        pieces = self.path
        for parameter in self.path_parameters:
            pieces = pieces.replace("{" + parameter.name + "}", "\0")
        return tuple(pieces.split("\0"))

    def response_type(self, status: int) -> Any:
        """Return the type of the response with a success status.

        A service may respond with a 2xx that the contract does not list: the body is read as the
        first one that it lists.
        """
        if status in self.responses:
            return self.responses[status]
        return next(iter(self.responses.values()), None)


class Service(msgspec.Struct, frozen=True):
    """What the contract says of a service as a whole.

    Attributes:
        distribution: The distribution that holds its client.
        version: Of the distribution.
        api_root: The path that all operations share, such as `/v1`.
        url_variable: The environment variable for `base_url`.
    """

    distribution: str
    version: str
    api_root: str
    url_variable: str
