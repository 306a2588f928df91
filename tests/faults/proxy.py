"""A TCP proxy between client and server that breaks what passes through it, on command."""

from __future__ import annotations

import select
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from faults.wire import Message, Wire


class Stage(Enum):
    """When a fault acts."""

    CONNECT = "instead of listening, for one attempt to connect"
    ACCEPT = "when a connection was accepted, before anything is read from it"
    UNREAD = "when the first byte of a request has arrived, before it is read"
    REUSED = "as UNREAD, but on a connection that has brought an answer before"
    REQUEST = "when a request was read to its end"
    IDLE = "when an answer was sent, and nothing is under way"


@dataclass(frozen=True)
class Limits:
    """How patient a client has to be to meet a fault, in seconds."""

    read: float
    deadline: float


PATIENT = Limits(read=2.0, deadline=4.0)


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong, once.

    Attributes:
        name: In the table.
        act: Does it, given the connection to the client and what was read last: the
            server's answer if the request was forwarded, else the request.
        stage: When.
        forward: Whether a request goes to the server first, so that it takes effect.
        limits: Of the client that is to meet it.
    """

    name: str
    act: Callable[[Wire, Message], object]
    stage: Stage = Stage.REQUEST
    forward: bool = False
    limits: Limits = PATIENT


class Plan(Protocol):
    """Which fault comes next."""

    def take(self, stage: Stage, request: Message) -> Fault | None:
        """The fault that is due at this stage, if any; it counts as having happened."""


class Script:
    """Faults in a row, each once, then none."""

    def __init__(self, *faults: Fault) -> None:
        self._faults = deque(faults)

    def take(self, stage: Stage, request: Message) -> Fault | None:
        if self._faults and self._faults[0].stage is stage:
            return self._faults.popleft()
        return None


class Always:
    """The same fault each time, but for requests with a method that is spared."""

    def __init__(self, fault: Fault, spare: str = "") -> None:
        self._fault = fault
        self._spare = spare

    def take(self, stage: Stage, request: Message) -> Fault | None:
        if self._fault.stage is not stage or (request.head and request.method == self._spare):
            return None
        return self._fault


class Proxy:
    """Stands between a client and `upstream`.

    Without a plan it passes everything through, one request at a time on each connection.

    Attributes:
        plan: What goes wrong.
        idle_faults: Set once a fault has hit an idle connection.
    """

    def __init__(self, upstream: tuple[str, int]) -> None:
        self.plan: Plan = Script()
        self.idle_faults = threading.Event()
        self._upstream = upstream
        self._lock = threading.Lock()
        self._wires: set[Wire] = set()
        self._threads: set[threading.Thread] = set()
        self._reserved = _bound(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._reserved.getsockname()
        self._door: _Door | None = _OpenDoor(self.address, self._accept)

    @property
    def url(self) -> str:
        """Where clients find it."""
        return "http://{}:{}".format(*self.address)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        with self._lock:
            return len(self._wires)

    def prepare(self) -> None:
        """Let the next attempt to connect find what the plan says.

        A refused attempt cannot be noticed from this side: whoever makes it has to call this
        before each.
        """
        fault = self.plan.take(Stage.CONNECT, Message())
        kind = _DOORS[fault.name] if fault else _OpenDoor
        if type(self._door) is kind:
            return
        if self._door is not None:
            self._door.close()
        self._door = kind(self.address, self._accept)

    def close(self) -> None:
        """Stop listening, drop all connections and wait for the threads."""
        if self._door is not None:
            self._door.close()
        self._reserved.close()
        with self._lock:
            wires, threads = list(self._wires), list(self._threads)
        for wire in wires:
            wire.wake()
        for thread in threads:
            thread.join()

    def _accept(self, sock: socket.socket) -> None:
        wire = Wire(sock)
        thread = threading.Thread(target=self._serve, args=(wire,))
        with self._lock:
            self._wires.add(wire)
            self._threads.add(thread)
        thread.start()

    def _serve(self, client: Wire) -> None:
        upstream: list[Wire] = []
        try:
            self._act(Stage.ACCEPT, client)
            while client.open and client.wait_for_data():
                self._act(Stage.REUSED if upstream else Stage.UNREAD, client)
                request = client.read_message() if client.open else None
                if request is None:
                    break
                self._pass_on(client, request, upstream)
                if client.open:
                    self._act(Stage.IDLE, client)
        finally:
            for wire in (client, *upstream):
                wire.close()
            with self._lock:
                self._wires.discard(client)
                self._threads.discard(threading.current_thread())

    def _act(self, stage: Stage, client: Wire) -> None:
        fault = self.plan.take(stage, Message())
        if fault is not None:
            fault.act(client, Message())
            if stage is Stage.IDLE:
                self.idle_faults.set()

    def _pass_on(self, client: Wire, request: Message, upstream: list[Wire]) -> None:
        fault = self.plan.take(Stage.REQUEST, request)
        if fault is not None and not fault.forward:
            fault.act(client, request)
            return
        if not upstream:
            upstream.append(Wire(socket.create_connection(self._upstream)))
        upstream[0].send(request.raw)
        answer = upstream[0].read_message()
        if answer is None:
            client.close()
        elif fault is not None:
            fault.act(client, answer)
        else:
            client.send(answer.raw)


Accept = Callable[[socket.socket], None]


class _Door(Protocol):
    """What an attempt to connect finds."""

    def __init__(self, address: tuple[str, int], accept: Accept) -> None: ...

    def close(self) -> None: ...


class _OpenDoor:
    """Someone who listens and accepts."""

    def __init__(self, address: tuple[str, int], accept: Accept) -> None:
        self._socket = _bound(address)
        self._socket.listen(128)
        self._accept = accept
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            ready, _, _ = select.select([self._socket, self._woken], [], [])
            if self._woken in ready:
                return
            sock, _ = self._socket.accept()
            self._accept(sock)

    def close(self) -> None:
        self._wake.send(b".")
        self._thread.join()
        for sock in (self._socket, self._wake, self._woken):
            sock.close()


class _ShutDoor:
    """Nobody: the kernel refuses."""

    def __init__(self, address: tuple[str, int], accept: Accept) -> None:
        pass

    def close(self) -> None:
        pass


class _BlockedDoor:
    """Someone who listens and never accepts, with a full queue: the kernel drops the attempt."""

    def __init__(self, address: tuple[str, int], accept: Accept) -> None:
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
_DOORS: dict[str, type[_Door]] = {REFUSED: _ShutDoor, UNREACHABLE: _BlockedDoor}


def _bound(address: tuple[str, int]) -> socket.socket:
    """A socket on a port that others of the tests' own may share, and nobody else.

    One of them stays bound without listening, so that the port is kept while nobody listens.
    """
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(address)
    return sock
