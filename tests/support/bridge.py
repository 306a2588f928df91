"""A bridge from synchronous tests to asynchronous clients.

An event loop runs in a thread. Whatever is called through a `Bridged` object runs there, while the
caller waits.
"""

from __future__ import annotations

import asyncio
import atexit
import copy
import functools
import inspect
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, suppress
from types import TracebackType
from typing import Any

PATIENCE = 20.0

_END = object()


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._note)
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="event loop", daemon=True
        )
        self._thread.start()
        self._noted: list[str] = []

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine in the loop, and return its result."""
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("code in the event loop cannot wait for it")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function in the loop."""

        async def work() -> Any:
            return function(*args, **kwargs)

        return self.run(work())

    def drop(self, holder: list[Any]) -> None:
        """Empty a list in the loop: finalizers of its items may use the loop."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(holder.clear)

    def left(self, connections: bool) -> list[str]:
        """Wait for the loop to become idle.

        Args:
            connections: True if there should be no open connection either.

        Returns:
            The remaining tasks and connections, and unhandled errors.
        """
        until = time.monotonic() + PATIENCE
        found: list[str] = self.call(self._found, connections)
        while found and time.monotonic() < until:
            time.sleep(0.001)
            found = self.call(self._found, connections)
        noted, self._noted = self._noted, []
        return found + noted

    def close(self) -> None:
        """End the loop and its thread."""
        # From Python 3.12 on, an interpreter that exits starts no thread to do this in.
        with suppress(RuntimeError):
            self.run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _found(self, connections: bool) -> list[str]:
        me = asyncio.current_task()
        tasks = [f"a task: {task!r}" for task in asyncio.all_tasks() if task is not me]
        return tasks + (open_connections(self._loop) if connections else [])

    def _note(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._noted.append(f"{context.get('message')}: {context.get('exception')!r}")


def open_connections(loop: asyncio.AbstractEventLoop) -> list[str]:
    """List the connections of a loop whose sockets are open."""
    transports: dict[int, Any] = getattr(loop, "_transports", {})
    still_open = [t for t in list(transports.values()) if getattr(t, "_sock", None) is not None]
    return [f"a connection: {transport!r}" for transport in still_open]


@functools.cache
def loop() -> Loop:
    """Return the loop of this process."""
    made = Loop()
    atexit.register(made.close)
    return made


def wrap(value: Any) -> Any:
    """Make a value from asyncio usable by synchronous code."""
    if inspect.iscoroutine(value):
        return wrap(loop().run(value))
    if isinstance(value, AsyncIterator):
        wrapped: Any = BridgedIterator(value)
    elif isinstance(value, AbstractAsyncContextManager) or hasattr(value, "__aiter__"):
        wrapped = Bridged(value)
    else:
        return _wrap_function(value) if inspect.isroutine(value) else value
    if isinstance(value, Awaitable):
        loop().run(_opened(value))
    return wrapped


def _wrap_function(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        # An argument may be another client.
        given = {
            name: value._bridged if isinstance(value, Bridged) else value
            for name, value in kwargs.items()
        }
        made: Any = loop().call(function, *args, **given)
        return wrap(made)

    return call


async def _opened(value: Awaitable[Any]) -> None:
    await value


class Bridged:
    """An object of asyncio: a client, or the return value of a client's method."""

    __slots__ = ("__weakref__", "_bridged")

    _bridged: Any

    def __init__(self, bridged: Any) -> None:
        object.__setattr__(self, "_bridged", bridged)

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        attributes: dict[str, Any] = vars(self._bridged)
        return attributes

    def __getattr__(self, name: str) -> Any:
        if name == "_bridged":  # not fully initialized
            raise AttributeError(name)
        value = getattr(self._bridged, name)
        # The methods of `raw` are coroutines too.
        is_raw = type(value).__name__.startswith("AsyncRaw")
        return Bridged(value) if is_raw else wrap(value)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._bridged, name, value)

    def __repr__(self) -> str:
        return repr(self._bridged)

    def __iter__(self) -> Iterator[Any]:
        return BridgedIterator(loop().call(aiter, self._bridged))

    def __enter__(self) -> Any:
        entered = loop().run(self._bridged.__aenter__())
        return self if entered is self._bridged else wrap(entered)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        suppressed: bool | None = loop().run(self._bridged.__aexit__(kind, error, traceback))
        return suppressed

    def __copy__(self) -> Bridged:
        return type(self)(copy.copy(self._bridged))

    def __deepcopy__(self, memo: dict[int, Any]) -> Bridged:
        return type(self)(copy.deepcopy(self._bridged, memo))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._bridged,)

    def __del__(self) -> None:
        with suppress(AttributeError):
            holder = [self._bridged]
            object.__delattr__(self, "_bridged")
            loop().drop(holder)


class BridgedIterator(Bridged):
    """An asynchronous iterator as an iterator."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        value = loop().run(_next(self._bridged))
        if value is _END:
            raise StopIteration
        return value

    def close(self) -> None:
        """Close the iterator."""
        leave = getattr(self._bridged, "close", None) or self._bridged.aclose
        loop().run(leave())


async def _next(iterator: AsyncIterator[Any]) -> Any:
    return await anext(iterator, _END)
