"""What all clients share: requests, answers, retries, credentials, connections.

Most programs need only a client and `arp_sdk.errors`. From here come the types of a client's
options, and what generated packages are made of.
"""

from ._auth import ApiKey, Auth, TokenProvider
from ._client import Client, Service
from ._events import ServerSentEvent
from ._messages import HttpRequest, HttpResponse, RawResponse
from ._operation import EffectKey, Operation, Parameter
from ._options import Options, RequestHook, ResponseHook, Retries, Timeout
from ._stream import EventStream
from ._version import __version__

__all__ = [
    "ApiKey",
    "Auth",
    "Client",
    "EffectKey",
    "EventStream",
    "HttpRequest",
    "HttpResponse",
    "Operation",
    "Options",
    "Parameter",
    "RawResponse",
    "RequestHook",
    "ResponseHook",
    "Retries",
    "ServerSentEvent",
    "Service",
    "Timeout",
    "TokenProvider",
    "__version__",
]
