"""The asynchronous counterpart of `arp_sdk.core`.

Names are those of `arp_sdk.core` with `Async` before them. Both kinds of clients share the code
that decides what is sent, how often, and what a response means; they differ in how they send and
sleep. Needs the extra `async` of a client's distribution, as in `pip install "arp-daemon[async]"`.
"""

from ._auth import AsyncAuth, AsyncTokenProvider
from ._client import AsyncClient
from ._concurrency import AsyncOutcomes
from ._follow import AsyncFollow
from ._pagination import AsyncPager
from ._stream import AsyncEventStream

__all__ = [
    "AsyncAuth",
    "AsyncClient",
    "AsyncEventStream",
    "AsyncFollow",
    "AsyncOutcomes",
    "AsyncPager",
    "AsyncTokenProvider",
]
