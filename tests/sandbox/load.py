"""Many requests at once, with as little work as possible on the side that sends them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

RUN_BODY = {"input": {"goal": "hello"}}


class Connection:
    """A connection that is kept open, for one request after the other."""

    def __init__(
        self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._host = host
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, url: str) -> Connection:
        place = urlsplit(url)
        return cls(place.netloc, *await asyncio.open_connection(place.hostname, place.port))

    async def send(self, method: str, target: str, value: Any = None) -> None:
        body = b"" if value is None else json.dumps(value).encode()
        head = (
            f"{method} {target} HTTP/1.1\r\nHost: {self._host}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        await self._writer.drain()

    async def head(self) -> tuple[int, bytes]:
        """The status of the response, and its head."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), head

    async def exchange(self, method: str, target: str, value: Any = None) -> tuple[int, Any]:
        """Send a request, and return the status and the JSON of its response."""
        await self.send(method, target, value)
        status, head = await self.head()
        (length,) = [line for line in head.lower().split(b"\r\n") if b"content-length" in line]
        return status, json.loads(await self._reader.readexactly(int(length.split(b":")[1])))

    async def chunks(self) -> bytes:
        """The rest of a chunked response, up to its end."""
        found = b""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            found += (await self._reader.readexactly(size + 2))[:-2]
        return found

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


@dataclass(frozen=True)
class Measured:
    """The measurements of a load.

    Attributes:
        slowest: Seconds that the slowest response took.
        middle: Seconds that half of the responses took at most.
    """

    count: int
    seconds: float
    slowest: float
    middle: float

    def __str__(self) -> str:
        return (
            f"{self.count} in {self.seconds:.2f} s, {self.count / self.seconds:.0f} a second, "
            f"half within {self.middle * 1000:.1f} ms, all within {self.slowest * 1000:.0f} ms"
        )


async def paced(
    work: Callable[[int], Awaitable[None]], per_second: float, seconds: float
) -> Measured:
    """Begin work at a steady rate, whether or not what was begun before is done."""
    durations: list[float] = []

    async def measured(number: int) -> None:
        began = time.perf_counter()
        await work(number)
        durations.append(time.perf_counter() - began)

    start = time.perf_counter()
    tasks: list[asyncio.Task[None]] = []
    for number in range(round(per_second * seconds)):
        await asyncio.sleep(start + number / per_second - time.perf_counter())
        tasks.append(asyncio.create_task(measured(number)))
    await asyncio.gather(*tasks)
    total = time.perf_counter() - start
    durations.sort()
    return Measured(len(durations), total, durations[-1], durations[len(durations) // 2])
