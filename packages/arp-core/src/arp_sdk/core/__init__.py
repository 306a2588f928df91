"""What all clients share: requests, answers, retries, credentials, connections, workflows.

Most programs need only a client and `arp_sdk.errors`. From here come the types of a client's
options and results, and what generated packages are made of.
"""

from ._auth import ApiKey, Auth, TokenProvider
from ._base import Service
from ._client import Client
from ._events import ServerSentEvent
from ._follow import Follow
from ._many import Outcome, Outcomes
from ._messages import HttpRequest, HttpResponse, RawResponse
from ._operation import EffectKey, Operation, Parameter
from ._options import Options, RequestHook, ResponseHook, Retries, Timeout
from ._paging import Page, Pager
from ._patterns import (
    CancelElsewhere,
    Invocable,
    Leasable,
    LongRunning,
    Pageable,
    Streamed,
)
from ._reconnect import Gap
from ._stream import EventStream
from ._version import __version__

__all__ = [
    "ApiKey",
    "Auth",
    "CancelElsewhere",
    "Client",
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
    "TokenProvider",
    "__version__",
]
