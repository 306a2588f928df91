"""The instances of the daemon: those that it launches, and those that it is told of."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable

import msgspec

from arp_sdk.models import Error, InstanceState, RuntimeInstance
from arp_sdk.sandbox._http.listener import Listener
from arp_sdk.sandbox._http.service_error import ServiceError
from arp_sdk.sandbox._runtime.service import Runtime

from .profiles import Behavior
from .runtime_proxy import RemoteRuntime

_PROBE_SECONDS = 1.0


class InstanceRecord(msgspec.Struct):
    """What is kept of an instance.

    Attributes:
        instance: What the daemon says of it.
        behavior: How it behaves, if the daemon launched it.
        tool_registry_url: The registry that its runs use, or None for the sandbox's own.
    """

    instance: RuntimeInstance
    behavior: Behavior = Behavior()
    tool_registry_url: str | None = None


class Instance(ABC):
    """A runtime that the daemon can send runs to."""

    def __init__(self, record: InstanceRecord) -> None:
        self.record = record

    @property
    def instance_id(self) -> str:
        """Its identifier."""
        return self.record.instance.instance_id

    @property
    @abstractmethod
    def load(self) -> int:
        """How many runs it executes, as far as the daemon knows."""

    def seen(self) -> RuntimeInstance:
        """What the daemon says of it now."""
        return msgspec.structs.replace(self.record.instance)

    def become(self, state: InstanceState) -> None:
        """Note what it has become."""
        self.record.instance.state = state

    @abstractmethod
    async def remove(self) -> None:
        """Let go of it: end it if the daemon launched it."""

    @abstractmethod
    async def abandon(self) -> None:
        """Let go of it as the end of the process does."""


class ManagedInstance(Instance):
    """A runtime that the daemon launches, on a port of its own.

    Args:
        record: What is known of it; its endpoint is set here.
        runtime: What it executes.
        listener: Where it is to be reached.
    """

    def __init__(self, record: InstanceRecord, runtime: Runtime, listener: Listener) -> None:
        super().__init__(record)
        self.runtime = runtime
        self._listener = listener
        self._gone = asyncio.Event()
        record.instance.runtime_api_endpoint = listener.url
        self.become(InstanceState.STARTING)

    @property
    def load(self) -> int:
        """How many runs it executes."""
        return self.runtime.load

    def seen(self) -> RuntimeInstance:
        """What the daemon says of it now."""
        seen = super().seen()
        if seen.state == InstanceState.READY and self.runtime.is_busy:
            seen.state = InstanceState.BUSY
        return seen

    async def start(self) -> None:
        """Let it start, which takes as long as its profile says.

        Raises:
            ServiceError: If it fails to start.
        """
        behavior = self.record.behavior
        await asyncio.sleep(behavior.start_seconds)
        if self.record.instance.state != InstanceState.STARTING:
            return
        if behavior.start_error is not None:
            await self._end(InstanceState.ERROR)
            message = f"The instance has failed to start: {behavior.start_error}"
            raise ServiceError(500, "instances.start_failed", message)
        await self._listener.start()
        self.runtime.resume()
        self.become(InstanceState.READY)

    async def fall(self, state: InstanceState) -> None:
        """Let it end by itself, and its runs fail."""
        await self._end(state, Error(code="instance.gone", message=f"The instance is {state}."))

    async def remove(self) -> None:
        """Cancel its runs and end it."""
        if self.record.instance.state == InstanceState.STOPPING:
            await self._gone.wait()
            return
        self.become(InstanceState.STOPPING)
        await self.runtime.end()
        await asyncio.sleep(self.record.behavior.stop_seconds)
        await self._end(InstanceState.STOPPED)
        self._gone.set()

    async def abandon(self) -> None:
        """Cut its runs off."""
        await self.runtime.stop()
        await self._listener.close(grace=0)

    async def _end(self, state: InstanceState, error: Error | None = None) -> None:
        self.become(state)
        await self.runtime.end(error)
        await self._listener.close()


class ExternalInstance(Instance):
    """A runtime that somebody else runs. Whether it answers is asked again and again.

    Args:
        record: What is known of it.
        remote: How to speak to it.
    """

    def __init__(self, record: InstanceRecord, remote: RemoteRuntime) -> None:
        super().__init__(record)
        self.remote = remote
        self._probing: asyncio.Task[None] | None = None

    @property
    def load(self) -> int:
        """Nobody knows."""
        return 0

    async def probe(self) -> None:
        """Find out whether it answers, now and from now on."""
        await self._probe()
        self._probing = asyncio.create_task(self._probe_again_and_again())

    async def remove(self) -> None:
        """Ask it nothing more. It goes on."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.wait([self._probing])

    async def abandon(self) -> None:
        """Ask it nothing more."""
        await self.remove()

    async def _probe_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(_PROBE_SECONDS)
            await self._probe()

    async def _probe(self) -> None:
        version = await self.remote.version()
        self.become(InstanceState.ERROR if version is None else InstanceState.READY)
        if version is not None:
            self.record.instance.runtime_version = version.service_version


AnyInstance = ManagedInstance | ExternalInstance
Launch = Callable[[InstanceRecord], ManagedInstance]
Connect = Callable[[str], RemoteRuntime]
