"""The runtime that all clients share: requests, responses, retries, credentials, workflows.

Most programs need only a client and `arp_sdk.errors`. This package has the types of a client's
options and results, and the parts that generated packages are made of.
"""

from arp_sdk.core._contract.operation import Content, EffectKey, Operation, Parameter, Service
from arp_sdk.core._contract.workflows import (
    Invocable,
    Leasable,
    LongRunning,
    Pageable,
    Streamed,
    WorkerLookup,
)
from arp_sdk.core._http.messages import HttpRequest, HttpResponse, RawResponse
from arp_sdk.core._streaming.cursor import Gap
from arp_sdk.core._streaming.sse import ServerSentEvent
from arp_sdk.core._sync._client import Client
from arp_sdk.core._sync._concurrency import Outcomes
from arp_sdk.core._sync._follow import Follow
from arp_sdk.core._sync._pagination import Pager
from arp_sdk.core._sync._stream import EventStream
from arp_sdk.core._workflows.outcomes import Outcome
from arp_sdk.core._workflows.pagination import Page

from ._auth import ApiKey, Auth, Token, TokenProvider
from ._options import ClientOptions, Options, RequestHook, ResponseHook, Retries, Timeout
from ._version import __version__

__all__ = [
    "ApiKey",
    "Auth",
    "Client",
    "ClientOptions",
    "Content",
    "EffectKey",
    "EventStream",
    "Follow",
    "Gap",
    "HttpRequest",
    "HttpResponse",
    "Invocable",
    "Leasable",
    "LongRunning",
    "Operation",
    "Options",
    "Outcome",
    "Outcomes",
    "Page",
    "Pageable",
    "Pager",
    "Parameter",
    "RawResponse",
    "RequestHook",
    "ResponseHook",
    "Retries",
    "ServerSentEvent",
    "Service",
    "Streamed",
    "Timeout",
    "Token",
    "TokenProvider",
    "WorkerLookup",
    "__version__",
]
