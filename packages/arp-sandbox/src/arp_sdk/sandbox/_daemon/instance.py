"""The instances of the daemon: managed ones, and ones that were registered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from arp_sdk.models import Error, InstanceState, RuntimeInstance
from arp_sdk.runtime import RuntimeClient
from arp_sdk.sandbox._http.listener import Listener
from arp_sdk.sandbox._http.remote_service import RemoteService
from arp_sdk.sandbox._runtime.service import Runtime
from arp_sdk.sandbox._state.state_file import StateFileError
from arp_sdk.server import ServiceError

from .profiles import InstanceSettings

RemoteRuntime = RemoteService[RuntimeClient]

_PROBE_SECONDS = 1.0


class InstanceRecord(msgspec.Struct):
    """The stored form of an instance.

    Attributes:
        instance: Its representation in the contract.
        settings: The settings of a managed instance.
        tool_registry_url: The registry that its runs use, or None for the sandbox's own.
    """

    instance: RuntimeInstance
    settings: InstanceSettings = InstanceSettings()
    tool_registry_url: str | None = None


class ManagedInstance:
    """A runtime that the daemon starts, on a port of its own."""

    def __init__(self, record: InstanceRecord, runtime: Runtime, listener: Listener) -> None:
        self.record = record
        self.runtime = runtime
        self._listener = listener
        self._removed = asyncio.Event()
        record.instance.runtime_api_endpoint = listener.url
        record.instance.state = InstanceState.STARTING

    @property
    def load(self) -> int:
        """Number of runs that it executes."""
        return self.runtime.load

    def snapshot(self) -> RuntimeInstance:
        """Return its representation in the contract, as it is now."""
        instance = msgspec.structs.replace(self.record.instance)
        if instance.state == InstanceState.READY and self.runtime.is_busy:
            instance.state = InstanceState.BUSY
        return instance

    async def start(self) -> None:
        """Start it, which takes as long as its profile says."""
        settings, instance = self.record.settings, self.record.instance
        await asyncio.sleep(settings.start_seconds)
        if instance.state != InstanceState.STARTING:
            return
        if settings.start_error is not None:
            await self.crash(InstanceState.ERROR)
            message = f"The instance failed to start: {settings.start_error}"
            raise ServiceError(500, "instances.start_failed", message)
        await self._listener.start()
        self.runtime.resume()
        instance.state = InstanceState.READY

    async def crash(self, state: InstanceState) -> None:
        """End it in a state, without a request to the daemon. Its runs fail."""
        error = Error(code="instance.gone", message=f"The state of the instance is {state}.")
        await self._end_runs(state, error)
        await self._listener.close()

    async def remove(self) -> None:
        """Cancel its runs and end it."""
        if self.record.instance.state == InstanceState.STOPPING:
            await self._removed.wait()
            return
        await self._end_runs(InstanceState.STOPPING)
        await asyncio.sleep(self.record.settings.stop_seconds)
        self.record.instance.state = InstanceState.STOPPED
        await self._listener.close()
        self._removed.set()

    async def abandon(self) -> None:
        """Interrupt its runs and close its port, as the end of the process does."""
        await self.runtime.stop()
        await self._listener.close(grace=0)

    async def _end_runs(self, state: InstanceState, error: Error | None = None) -> None:
        instance = self.record.instance
        before, instance.state = instance.state, state
        try:
            await self.runtime.end(error)
        except StateFileError:
            instance.state = before
            raise


class RegisteredInstance:
    """A runtime that somebody else runs. The daemon probes it again and again."""

    load = 0

    def __init__(self, record: InstanceRecord, remote: RemoteRuntime) -> None:
        self.record = record
        self.remote = remote
        self._probing: asyncio.Task[None] | None = None

    def snapshot(self) -> RuntimeInstance:
        """Return its representation in the contract, as last probed."""
        return msgspec.structs.replace(self.record.instance)

    async def start(self) -> None:
        """Probe it, now and from now on."""
        await self._probe()
        self.resume(_PROBE_SECONDS)

    def resume(self, delay: float = 0.0) -> None:
        """Probe it from now on, after a delay in seconds."""
        self._probing = asyncio.create_task(self._probe_forever(delay))

    async def remove(self) -> None:
        """Stop probing it. The runtime itself goes on."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.wait([self._probing])

    abandon = remove

    async def _probe_forever(self, delay: float) -> None:
        while True:
            await asyncio.sleep(delay)
            await self._probe()
            delay = _PROBE_SECONDS

    async def _probe(self) -> None:
        instance = self.record.instance
        try:
            version = await self.remote.call(self.remote.client.version)
        except ServiceError:
            instance.state = InstanceState.ERROR
        else:
            instance.state = InstanceState.READY
            instance.runtime_version = version.service_version


Instance = ManagedInstance | RegisteredInstance
Launch = Callable[[InstanceRecord], ManagedInstance]
Connect = Callable[[str], RemoteRuntime]
