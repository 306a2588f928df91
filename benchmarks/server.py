"""A server that answers fixed bytes, in a process of its own, so that the client is measured.

`python benchmarks/server.py` prints its port and serves until its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import sys

EVENTS = 100_000
TIME = "2026-01-01T00:00:00Z"


def _answer(value: object, status: str = "200 OK") -> bytes:
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


HEALTH = _answer({"status": "ok", "time": TIME})
STATUS = _answer({"run_id": "run_1", "state": "succeeded"})
RESULT = _answer({"run_id": "run_1", "ok": True, "output": {"text": "done"}})
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)


def _events() -> list[bytes]:
    """The events as chunks of 64 each, the last one final."""
    chunks: list[bytes] = []
    for start in range(0, EVENTS, 64):
        text = "".join(
            f"id: {seq}\ndata: "
            + json.dumps(
                {
                    "run_id": "run_1",
                    "seq": seq,
                    "type": "final" if seq == EVENTS - 1 else "token",
                    "time": TIME,
                    "data": {"text": f"word {seq} "},
                }
            )
            + "\n\n"
            for seq in range(start, min(EVENTS, start + 64))
        ).encode()
        chunks.append(b"%x\r\n%s\r\n" % (len(text), text))
    return [*chunks, b"0\r\n\r\n"]


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            _, _, rest = head.lower().partition(b"content-length: ")
            if rest:
                await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
            target = head.split(b" ", 2)[1]
            if target.endswith(b"/events"):
                writer.write(STREAM_HEAD)
                for chunk in CHUNKS:
                    writer.write(chunk)
                    await writer.drain()
            else:
                writer.write(_fixed(target))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def _fixed(target: bytes) -> bytes:
    if target.endswith(b"/health"):
        return HEALTH
    return RESULT if target.endswith(b"/result") else STATUS


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, limit=2**20)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


CHUNKS = _events()

if __name__ == "__main__":
    asyncio.run(_main())
