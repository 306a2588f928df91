"""What all asynchronous clients share, beside what they share with the synchronous ones.

The names are those of `arp_sdk.core` with `Async` before them, and so is what they do: what is
decided, how often, and in which words is the same code. Only the sending and the sleeping differ.
Needs the extra `async` of a client's distribution, as in `pip install "arp-daemon[async]"`.
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
