"""The services in a thread of their own, from their start to their end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from arp_sdk.models import InstanceState

from ._assembly import Services

Urls = tuple[str, str, str]
_PATIENCE = 2.0


@dataclass(frozen=True)
class Life:
    """Services that are running.

    Attributes:
        urls: Of the tool registry, the runtime and the daemon.
    """

    urls: Urls
    _services: Services
    _loop: asyncio.AbstractEventLoop
    _stopping: asyncio.Event
    _thread: threading.Thread

    def fall(self, instance_id: str, state: InstanceState) -> None:
        """Let a managed instance end by itself.

        Raises:
            KeyError: If there is no such managed instance.
        """
        work = self._services.fall(instance_id, state)
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def stop(self) -> None:
        """Let the services stop, without waiting for it."""
        self._loop.call_soon_threadsafe(self._stopping.set)

    def end(self) -> None:
        """Stop the services, and return when they have ended."""
        self.stop()
        self._thread.join()


def begin(make: Callable[[], Services]) -> Life:
    """Start services, and return when they answer.

    Args:
        make: Makes them, in the event loop in which they are to live.

    Raises:
        StateFileError: If the state file cannot be used.
        OSError: If a port is taken.
    """
    started: Future[tuple[Urls, Services, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    given_up = threading.Event()
    # A daemon thread does not keep a process alive that forgot to close its sandbox.
    thread = threading.Thread(
        target=asyncio.run, args=(_live(make, started, given_up),), name="arp-sandbox", daemon=True
    )
    thread.start()
    try:
        return Life(*started.result(), thread)
    except BaseException:
        # Ctrl-C while they start: whatever they wait for, they are not to go on.
        given_up.set()
        thread.join(_PATIENCE)
        raise


async def _live(
    make: Callable[[], Services],
    started: Future[tuple[Urls, Services, asyncio.AbstractEventLoop, asyncio.Event]],
    given_up: threading.Event,
) -> None:
    stopping = asyncio.Event()
    try:
        services = make()
    except BaseException as error:
        started.set_exception(error)
        return
    try:
        try:
            urls = await services.open()
        except BaseException as error:
            started.set_exception(error)
            return
        started.set_result((urls, services, asyncio.get_running_loop(), stopping))
        # Nobody will stop what nobody was told of.
        if not given_up.is_set():
            await stopping.wait()
    finally:
        await services.close()
