"""Detection of software that has put itself between the clients and the network."""

from __future__ import annotations

import http.client
import socket
from enum import IntEnum
from types import FunctionType
from typing import Any

import requests
import requests.sessions
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Patched(IntEnum):
    """The layers that recorders, tracers and mocks have replaced a part of."""

    NOTHING = 0
    REQUESTS = 1
    """A function of requests or of a pool: requests have to pass through a session."""
    CONNECTIONS = 2
    """A class that connections or adapters are made of: the SDK's own must not be used."""


# Mocks of the network below urllib3, which imitate only the methods that urllib3 calls.
_MOCK_SOCKETS = ("httpretty", "mocket")

_names_of_sessions = vars(requests.sessions)

_seen: tuple[Any, ...] = ()
_level = Patched.NOTHING


def patched() -> Patched:
    """Return how deep other software has replaced something, as of now.

    Nothing is compared with what was there at import: that may have been replaced already.
    """
    global _seen, _level
    now = pieces_in_place()
    if now != _seen:
        _seen, _level = now, _examine(*now)
    return _level


def pieces_in_place() -> tuple[Any, ...]:
    """Return the functions and classes that are known to be replaced."""
    session = requests.Session
    return (
        session.send,
        session.get_adapter,
        HTTPAdapter.send,
        HTTPConnectionPool.urlopen,
        HTTPConnectionPool.ConnectionCls,
        HTTPSConnectionPool.ConnectionCls,
        _names_of_sessions["HTTPAdapter"],
        socket.socket,
    )


def _examine(
    send: object,
    get_adapter: object,
    adapter_send: object,
    urlopen: object,
    *classes: type,
) -> Patched:
    *connections, adapter, socket_class = classes
    if (
        adapter.__module__ != "requests.adapters"
        or not all(_is_of_urllib3(each) for each in connections)
        or socket_class.__module__.startswith(_MOCK_SOCKETS)
    ):
        return Patched.CONNECTIONS
    if (
        _is_of(send, "requests.sessions")
        and _is_of(get_adapter, "requests.sessions")
        and _is_of(adapter_send, "requests.adapters")
        and _is_of(urlopen, "urllib3.connectionpool")
    ):
        return Patched.NOTHING
    return Patched.REQUESTS


def _is_of_urllib3(connection: type) -> bool:
    # urllib3-future, which niquests installs, puts itself in the place of urllib3.
    return connection.__module__ == "urllib3.connection" and issubclass(
        connection, http.client.HTTPConnection
    )


def _is_of(function: object, module: str) -> bool:
    return isinstance(function, FunctionType) and function.__globals__["__name__"] == module
