from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future

from arp_sdk.models import InstanceState

from ._assembly import Services

_STOP_TIMEOUT = 2.0


class ServiceThread:
    """The services in a thread of their own. They respond when the constructor returns.

    Attributes:
        urls: URLs of the tool registry, the runtime and the daemon.
    """

    def __init__(self, make: Callable[[], Services]) -> None:
        self._make = make
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._stop_requested = False
        self._started: Future[tuple[Services, tuple[str, str, str]]] = Future()
        # A daemon thread does not keep a process alive that did not close its sandbox.
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._main()), name="arp-sandbox", daemon=True
        )
        self._thread.start()
        try:
            self._services, self.urls = self._started.result()
        except BaseException:
            # After Ctrl-C, the start may still be under way.
            self.request_stop()
            self._thread.join(_STOP_TIMEOUT)
            raise

    def crash_instance(self, instance_id: str, state: InstanceState) -> None:
        """End a managed instance in a state, without a request to the daemon."""
        if self._loop is not None:
            crash = self._services.instances.crash(instance_id, state)
            asyncio.run_coroutine_threadsafe(crash, self._loop).result()

    def request_stop(self) -> None:
        """Stop the services, without waiting for it."""
        self._stop_requested = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopping.set)

    def stop(self) -> None:
        """Stop the services, and return when they have stopped."""
        self.request_stop()
        self._thread.join()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            services = self._make()
        except BaseException as error:
            self._started.set_exception(error)
            return
        try:
            self._started.set_result((services, await services.open()))
            if not self._stop_requested:
                await self._stopping.wait()
        except BaseException as error:
            self._started.set_exception(error)
        finally:
            await services.close()
