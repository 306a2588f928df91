"""The fault proxy of the tests: stands between client and server, and breaks what passes."""

from __future__ import annotations

import select
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from .wire import Connections, Listener, Message, Wire


class Stage(Enum):
    """The moment at which a fault acts."""

    CONNECT = "instead of listening, for one attempt to connect"
    ACCEPT = "after a connection is accepted, before anything is read from it"
    UNREAD = "after the first byte of a request has arrived, before it is read"
    REUSED = "as UNREAD, but on a connection that has carried a response before"
    REQUEST = "after a request has been read to its end"
    IDLE = "after a response has been sent, while no request is in flight"


@dataclass(frozen=True)
class Limits:
    """The timeouts of a client that meets a fault, in seconds."""

    read: float
    deadline: float


PATIENT = Limits(read=10.0, deadline=20.0)


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong, once.

    Attributes:
        act: Makes it go wrong, given the connection to the client and the last message: the
            server's response if the request was forwarded, else the request.
        forward: True if the request goes to the server first, so that it takes effect.
        limits: The timeouts of the client that is to meet it.
    """

    name: str
    act: Callable[[Wire, Message], object]
    stage: Stage = Stage.REQUEST
    forward: bool = False
    limits: Limits = PATIENT


class Plan(Protocol):
    """Decides which fault comes next."""

    def take(self, stage: Stage, request: Message) -> Fault | None:
        """Return the fault that is due at this stage, which counts as having happened."""


class Script:
    """Faults in a row, each once, then none."""

    def __init__(self, *faults: Fault) -> None:
        self._faults = deque(faults)

    def take(self, stage: Stage, request: Message) -> Fault | None:
        if self._faults and self._faults[0].stage is stage:
            return self._faults.popleft()
        return None


class Always:
    """The same fault every time, except for requests with the method that is spared."""

    def __init__(self, fault: Fault, spare: str = "") -> None:
        self._fault = fault
        self._spare = spare

    def take(self, stage: Stage, request: Message) -> Fault | None:
        if self._fault.stage is not stage or (request.head and request.method == self._spare):
            return None
        return self._fault


class Proxy:
    """A TCP proxy between a client and `upstream`.

    Without a plan it forwards everything, one request at a time on each connection.

    Attributes:
        idle_faults: Set once a fault has hit an idle connection.
        address: Host and port on which it listens.
    """

    def __init__(self, upstream: tuple[str, int]) -> None:
        self.plan: Plan = Script()
        self.idle_faults = threading.Event()
        self._upstream = upstream
        self._served = Connections(self._serve)
        self._reserved = _bound(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._reserved.getsockname()
        self._door: _Door = self._open_door()

    @property
    def url(self) -> str:
        """The base URL for clients."""
        return "http://{}:{}".format(*self.address)

    @property
    def connections(self) -> int:
        """The number of clients that are connected."""
        return self._served.count

    def prepare(self) -> None:
        """Let the next attempt to connect meet what the plan says.

        A refused attempt cannot be noticed on this side: the test calls this before each.
        """
        fault = self.plan.take(Stage.CONNECT, Message())
        kind = _DOORS[fault.name] if fault else Listener
        if type(self._door) is not kind:
            self._door.close()
            self._door = _DOORS[fault.name](self.address) if fault else self._open_door()

    def close(self) -> None:
        """Stop listening, drop all connections and wait for the threads."""
        self._door.close()
        self._reserved.close()
        self._served.close()

    def _open_door(self) -> _Door:
        return Listener(_bound(self.address), self._served.accept)

    def _serve(self, client: Wire) -> None:
        upstream: list[Wire] = []
        try:
            self._act(Stage.ACCEPT, client)
            while client.open and client.wait_for_data():
                self._act(Stage.REUSED if upstream else Stage.UNREAD, client)
                request = client.read_message() if client.open else None
                if request is None:
                    break
                self._forward(client, request, upstream)
                if client.open:
                    self._act(Stage.IDLE, client)
        finally:
            for wire in upstream:
                wire.close()

    def _act(self, stage: Stage, client: Wire) -> None:
        fault = self.plan.take(stage, Message())
        if fault is not None:
            fault.act(client, Message())
            if stage is Stage.IDLE:
                self.idle_faults.set()

    def _forward(self, client: Wire, request: Message, upstream: list[Wire]) -> None:
        fault = self.plan.take(Stage.REQUEST, request)
        if fault is not None and not fault.forward:
            fault.act(client, request)
            return
        if not upstream:
            upstream.append(Wire(socket.create_connection(self._upstream)))
        upstream[0].send(request.raw)
        response = upstream[0].read_message()
        if response is None:
            client.close()
        elif fault is not None:
            fault.act(client, response)
        else:
            client.send(response.raw)


@contextmanager
def proxied(upstream: tuple[str, int]) -> Iterator[Proxy]:
    """Run a proxy in front of a server."""
    proxy = Proxy(upstream)
    try:
        yield proxy
    finally:
        proxy.close()


class _Door(Protocol):
    """The peer that an attempt to connect meets."""

    def close(self) -> None: ...


class _ClosedDoor:
    """Nobody listens: the kernel refuses the connection."""

    def __init__(self, address: tuple[str, int]) -> None:
        pass

    def close(self) -> None:
        pass


class _BlockedDoor:
    """A listener that never accepts, with a full backlog: the kernel drops the attempt."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = _bound(address)
        self._socket.listen(0)
        self._waiting: list[socket.socket] = []
        while not self._waiting or self._connected(self._waiting[-1]):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(address)
            self._waiting.append(waiting)

    def _connected(self, waiting: socket.socket) -> bool:
        return bool(select.select([], [waiting], [], 0.05)[1])

    def close(self) -> None:
        for sock in (*self._waiting, self._socket):
            sock.close()


REFUSED = "refused"
UNREACHABLE = "unreachable"
_DOORS: dict[str, type[_ClosedDoor | _BlockedDoor]] = {
    REFUSED: _ClosedDoor,
    UNREACHABLE: _BlockedDoor,
}


def _bound(address: tuple[str, int]) -> socket.socket:
    """Bind a socket to a port that sockets of the same user may share.

    One of them stays bound without listening, so that nobody else gets the port meanwhile.
    """
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(address)
    return sock
