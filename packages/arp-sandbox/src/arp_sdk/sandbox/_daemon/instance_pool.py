"""All instances of the daemon, and the choice between them."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Iterable

import msgspec

from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceRegisterRequest,
    InstanceState,
    RunRequestRuntimeSelector,
    RuntimeInstance,
    RuntimeProfile,
)
from arp_sdk.sandbox._http.loopback import check_loopback
from arp_sdk.sandbox._http.service_error import ServiceError, not_found
from arp_sdk.sandbox._state.state_file import Store
from arp_sdk.sandbox._version import __version__

from .instance import (
    AnyInstance,
    Connect,
    ExternalInstance,
    InstanceRecord,
    Launch,
    ManagedInstance,
)
from .profiles import behavior_of

_KIND = "instance"
MOST_INSTANCES = 100
_logger = logging.getLogger("arp_sdk.sandbox")


class Instances:
    """The instances by identifier.

    Args:
        store: Where they are kept.
        launch: Makes a managed instance, which is not yet started.
        connect: Makes the way to an external one.
    """

    def __init__(self, store: Store, launch: Launch, connect: Connect) -> None:
        self._store = store
        self._launch = launch
        self._connect = connect
        self._instances: dict[str, AnyInstance] = {}
        self._starting: set[asyncio.Task[None]] = set()

    async def restore(self) -> None:
        """Launch and connect again what the store knows of."""
        for _, record in self._store.read(_KIND, InstanceRecord):
            if record.instance.managed:
                await self._start(self._launch(record))
            else:
                remote = self._connect(record.instance.runtime_api_endpoint)
                external = ExternalInstance(record, remote)
                self._enter(external)
                await external.probe()

    def seen(self) -> list[RuntimeInstance]:
        """What the daemon says of all of them."""
        return [instance.seen() for instance in self._instances.values()]

    def get(self, instance_id: str) -> AnyInstance | None:
        """An instance, or None."""
        return self._instances.get(instance_id)

    async def create(
        self, profile: RuntimeProfile, request: InstanceCreateRequest
    ) -> list[RuntimeInstance]:
        """Launch instances. Those that start at once are ready when this returns.

        Raises:
            ServiceError: If they would be too many, or fail to start.
        """
        count = request.count or 1
        if len(self._instances) + count > MOST_INSTANCES:
            message = f"The sandbox runs {MOST_INSTANCES} instances at most."
            raise ServiceError(409, "instances.too_many", message)
        launched: list[ManagedInstance] = []
        try:
            for _ in range(count):
                launched.append(self._launch(_record(profile, request)))
                await self._start(launched[-1])
        except Exception:
            for instance in launched:
                await self._forget(instance)
            raise
        return [instance.seen() for instance in launched]

    async def register(self, request: InstanceRegisterRequest) -> RuntimeInstance:
        """Take note of a runtime that is already running.

        Raises:
            ServiceError: If its address is none.
        """
        remote = self._connect(request.runtime_api_endpoint)
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
        external = ExternalInstance(InstanceRecord(instance), remote)
        await external.probe()
        self._enter(external)
        return external.seen()

    async def delete(self, instance_id: str) -> None:
        """Let go of an instance, if there is one."""
        instance = self._instances.get(instance_id)
        if instance is not None:
            await self._forget(instance)

    async def fall(self, instance_id: str, state: InstanceState) -> None:
        """Let a managed instance end by itself.

        Raises:
            KeyError: If there is no such managed instance.
        """
        instance = self._instances[instance_id]
        if not isinstance(instance, ManagedInstance):
            raise KeyError(instance_id)
        await instance.fall(state)

    async def abandon(self) -> None:
        """Let go of all, as the end of the process does."""
        for task in self._starting:
            task.cancel()
        if self._starting:
            await asyncio.wait(self._starting)
        await asyncio.gather(*(instance.abandon() for instance in self._instances.values()))

    def choose(self, selector: RunRequestRuntimeSelector) -> AnyInstance:
        """The instance for a run: of those that fit and are ready, the one with the fewest runs.

        Raises:
            ServiceError: If none fits, or none of those that fit is ready.
        """
        if selector.instance_id is not None:
            return self._chosen(selector)
        fitting = [each for each in self._instances.values() if _fits(each, selector)]
        wanted = {
            "runtime_profile": selector.runtime_profile,
            "runtime_name": selector.runtime_name,
        }
        if not fitting and any(wanted.values()):
            raise _no_such_instance()
        ready = [each for each in fitting if each.seen().state == InstanceState.READY]
        if not ready:
            message = "No instance that fits is ready."
            raise ServiceError(409, "instances.no_ready", message, details=wanted)
        return min(ready, key=lambda each: each.load)

    def _chosen(self, selector: RunRequestRuntimeSelector) -> AnyInstance:
        instance = self._instances.get(selector.instance_id or "")
        if instance is None or not _fits(instance, selector):
            raise _no_such_instance()
        state = instance.seen().state
        if state != InstanceState.READY:
            message = f"The instance {selector.instance_id} is {state}."
            details = {"state": state.value}
            raise ServiceError(409, "instances.not_ready", message, details=details)
        return instance

    async def _start(self, instance: ManagedInstance) -> None:
        self._enter(instance)
        if not instance.record.behavior.start_seconds:
            await instance.start()
            return
        task = asyncio.create_task(self._start_later(instance))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _start_later(self, instance: ManagedInstance) -> None:
        try:
            await instance.start()
        except ServiceError as error:
            _logger.info("the instance %s: %s", instance.instance_id, error)

    def _enter(self, instance: AnyInstance) -> None:
        self._store.put(_KIND, instance.instance_id, msgspec.json.encode(instance.record))
        self._instances[instance.instance_id] = instance

    async def _forget(self, instance: AnyInstance) -> None:
        await instance.remove()
        self._store.delete(_KIND, instance.instance_id)
        self._instances.pop(instance.instance_id, None)


def _record(profile: RuntimeProfile, request: InstanceCreateRequest) -> InstanceRecord:
    overrides = request.overrides
    if overrides is not None and overrides.tool_registry_url is not None:
        check_loopback(overrides.tool_registry_url)
    registries: Iterable[str | None] = (
        overrides.tool_registry_url if overrides else None,
        profile.defaults.tool_registry_url if profile.defaults else None,
    )
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
    registry = next((url for url in registries if url is not None), None)
    return InstanceRecord(instance, behavior_of(profile), registry)


def _new_id() -> str:
    return f"inst_{uuid.uuid4().hex}"


def _fits(instance: AnyInstance, selector: RunRequestRuntimeSelector) -> bool:
    known = instance.record.instance
    return selector.runtime_profile in (None, known.runtime_profile) and selector.runtime_name in (
        None,
        known.runtime_name,
    )


def _no_such_instance() -> ServiceError:
    error = not_found("No instance fits the selector.")
    error.error.code = "instances.not_found"
    return error
