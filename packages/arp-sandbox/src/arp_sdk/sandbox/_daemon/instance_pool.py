"""All instances of the daemon, and the choice of one for a run."""

from __future__ import annotations

import asyncio
import logging
import uuid
from contextlib import suppress

import msgspec

from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceRegisterRequest,
    InstanceState,
    RunRequestRuntimeSelector,
    RuntimeInstance,
    RuntimeProfile,
)
from arp_sdk.sandbox._http.local_hosts import check_local_url
from arp_sdk.sandbox._state.state_file import StateFileError, Store
from arp_sdk.sandbox._version import __version__
from arp_sdk.server import ServiceError, not_found

from .instance import (
    Connect,
    Instance,
    InstanceRecord,
    Launch,
    ManagedInstance,
    RegisteredInstance,
)
from .profiles import settings_of

_KIND = "instance"
MAX_INSTANCES = 100
_logger = logging.getLogger("arp_sdk.sandbox")


class InstancePool:
    """The instances by identifier."""

    def __init__(self, store: Store, launch: Launch, connect: Connect) -> None:
        self._store = store
        self._launch = launch
        self._connect = connect
        self._instances: dict[str, Instance] = {}
        self._starting: set[asyncio.Task[None]] = set()
        self._registering = 0

    async def restore(self) -> None:
        """Start the instances of the store."""
        for _, record in self._store.all(_KIND, InstanceRecord):
            if record.instance.managed:
                managed = self._launch(record)
                self._instances[record.instance.instance_id] = managed
                await self._start(managed)
            else:
                registered = self._registered(record)
                self._instances[record.instance.instance_id] = registered
                registered.resume()

    def snapshots(self) -> list[RuntimeInstance]:
        """Return the representations of all instances in the contract."""
        return [instance.snapshot() for instance in self._instances.values()]

    def own_urls(self) -> set[str]:
        """Return the URLs that managed instances listen on."""
        ended = (InstanceState.STOPPED, InstanceState.ERROR)
        managed = [each for each in self.snapshots() if each.managed and each.state not in ended]
        return {each.runtime_api_endpoint for each in managed}

    def get(self, instance_id: str) -> Instance | None:
        return self._instances.get(instance_id)

    async def create(
        self, profile: RuntimeProfile, request: InstanceCreateRequest
    ) -> list[RuntimeInstance]:
        """Create managed instances. Those with no start time are ready when this returns."""
        count = request.count or 1
        self._check_room(count)
        created: list[ManagedInstance] = []
        try:
            for _ in range(count):
                created.append(self._launch(_new_record(profile, request)))
            # All are added before the first await, so that no other request takes their place.
            with self._store.transaction():
                for instance in created:
                    self._save(instance)
            self._instances |= {each.record.instance.instance_id: each for each in created}
            for instance in created:
                await self._start(instance)
        except Exception:
            for instance in created:
                with suppress(StateFileError):
                    await self._remove(instance)
            raise
        return [instance.snapshot() for instance in created]

    async def register(self, request: InstanceRegisterRequest) -> RuntimeInstance:
        """Add a runtime that is already running."""
        self._check_room(1)
        instance = RuntimeInstance(
            instance_id=_new_id(),
            state=InstanceState.STARTING,
            managed=False,
            runtime_profile=request.runtime_profile,
            runtime_name=request.runtime_name,
            runtime_api_endpoint=request.runtime_api_endpoint,
            metadata=request.metadata,
            extensions=request.extensions,
        )
        registered = self._registered(InstanceRecord(instance))
        self._registering += 1
        try:
            await registered.start()
            self._save(registered)
        except StateFileError:
            await registered.remove()
            raise
        finally:
            self._registering -= 1
        self._instances[instance.instance_id] = registered
        return registered.snapshot()

    async def delete(self, instance_id: str) -> None:
        """Remove an instance, if it exists."""
        instance = self._instances.get(instance_id)
        if instance is not None:
            await self._remove(instance)

    async def crash(self, instance_id: str, state: InstanceState) -> None:
        """End a managed instance in a state, without a request to the daemon."""
        instance = self._instances[instance_id]
        if not isinstance(instance, ManagedInstance):
            raise KeyError(instance_id)
        await instance.crash(state)

    async def abandon(self) -> None:
        """Stop all, as the end of the process does."""
        for task in self._starting:
            task.cancel()
        if self._starting:
            await asyncio.wait(self._starting)
        await asyncio.gather(*(instance.abandon() for instance in self._instances.values()))

    def choose(self, selector: RunRequestRuntimeSelector) -> Instance:
        """Choose the instance for a run: of the ready ones that match, one with the fewest runs."""
        wanted = {
            "runtime_profile": selector.runtime_profile,
            "runtime_name": selector.runtime_name,
        }
        matching = [each for each in self._instances.values() if _matches(each, selector)]
        if not matching and (selector.instance_id is not None or any(wanted.values())):
            raise not_found("No instance matches the selector.", "instances.not_found")
        ready = [each for each in matching if each.snapshot().state == InstanceState.READY]
        if ready:
            return min(ready, key=lambda each: each.load)
        if selector.instance_id is None:
            message = "No matching instance is ready."
            raise ServiceError(409, "instances.no_ready", message, details=wanted)
        state = matching[0].snapshot().state
        message = f"The instance {selector.instance_id} is {state}."
        raise ServiceError(409, "instances.not_ready", message, details={"state": state.value})

    async def _start(self, instance: ManagedInstance) -> None:
        if not instance.record.settings.start_seconds:
            await instance.start()
            return
        task = asyncio.create_task(self._start_later(instance))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _start_later(self, instance: ManagedInstance) -> None:
        try:
            await instance.start()
        except ServiceError as error:
            _logger.info("instance %s: %r", instance.record.instance.instance_id, str(error))

    def _registered(self, record: InstanceRecord) -> RegisteredInstance:
        return RegisteredInstance(record, self._connect(record.instance.runtime_api_endpoint))

    def _check_room(self, count: int) -> None:
        if len(self._instances) + self._registering + count > MAX_INSTANCES:
            message = f"The sandbox has at most {MAX_INSTANCES} instances."
            raise ServiceError(409, "instances.too_many", message)

    def _save(self, instance: Instance) -> None:
        value = msgspec.json.encode(instance.record)
        self._store.put(_KIND, instance.record.instance.instance_id, value)

    async def _remove(self, instance: Instance) -> None:
        await instance.remove()
        instance_id = instance.record.instance.instance_id
        self._store.delete(_KIND, instance_id)
        self._instances.pop(instance_id, None)


def _new_record(profile: RuntimeProfile, request: InstanceCreateRequest) -> InstanceRecord:
    registry = profile.defaults.tool_registry_url if profile.defaults else None
    if request.overrides is not None and request.overrides.tool_registry_url is not None:
        registry = request.overrides.tool_registry_url
        check_local_url(registry)
    instance = RuntimeInstance(
        instance_id=_new_id(),
        state=InstanceState.STARTING,
        managed=True,
        runtime_profile=profile.runtime_profile,
        runtime_name=profile.runtime_name or "arp-sandbox-runtime",
        runtime_version=__version__,
        runtime_api_endpoint="",
        metadata=request.metadata,
        extensions=request.extensions,
    )
    return InstanceRecord(instance, settings_of(profile), registry)


def _new_id() -> str:
    return f"inst_{uuid.uuid4().hex}"


def _matches(instance: Instance, selector: RunRequestRuntimeSelector) -> bool:
    known = instance.record.instance
    return (
        selector.instance_id in (None, known.instance_id)
        and selector.runtime_profile in (None, known.runtime_profile)
        and selector.runtime_name in (None, known.runtime_name)
    )
