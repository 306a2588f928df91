"""The three services, wired up in one event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from arp_sdk.models import InstanceCreateRequest
from arp_sdk.runtime import RuntimeClient
from arp_sdk.sandbox._daemon.instance import InstanceRecord, ManagedInstance, RemoteRuntime
from arp_sdk.sandbox._daemon.instance_pool import InstancePool
from arp_sdk.sandbox._daemon.profiles import DEFAULT, Profiles
from arp_sdk.sandbox._daemon.service import Daemon
from arp_sdk.sandbox._faults.faults import Faults
from arp_sdk.sandbox._http.app import App, Service
from arp_sdk.sandbox._http.listener import Listener
from arp_sdk.sandbox._http.remote_service import RemoteService
from arp_sdk.sandbox._runtime.remote_tools import RemoteTools
from arp_sdk.sandbox._runtime.run import RunStore
from arp_sdk.sandbox._runtime.script import Scripts
from arp_sdk.sandbox._runtime.service import Runtime
from arp_sdk.sandbox._state.state_file import FileStore, Store
from arp_sdk.sandbox._tool_registry.service import ToolRegistry

_THREADS = 32
_RUNTIME_TIMEOUT = 5.0
_META = "meta"


@dataclass(frozen=True)
class Settings:
    """The arguments of `Sandbox`."""

    tool_registry_port: int
    runtime_port: int
    daemon_port: int
    token: str | None
    state: Path | None
    latency: float
    instances: int


class Services:
    """A tool registry, a runtime and a daemon, each on a port of its own."""

    def __init__(
        self, settings: Settings, registry: ToolRegistry, scripts: Scripts, faults: Faults
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._scripts = scripts
        self._faults = faults
        self._listeners: list[Listener] = []
        self._store = Store() if settings.state is None else FileStore(settings.state)
        self._remotes: dict[str, RemoteRuntime] = {}
        self._registries: dict[str, RemoteTools] = {}
        self._runs = cache(lambda scope: RunStore(scope, self._store))
        is_new = not self._store.all(_META, dict)
        profiles = Profiles(self._store, is_new)
        self.instances = InstancePool(self._store, self._launch, self._connect)
        self._daemon = Daemon(self._store, profiles, self.instances, self._runs, self._connect)
        self._runtime = self._new_runtime("runtime", None, None)
        self._default = profiles.get(DEFAULT) if is_new else None

    async def open(self) -> tuple[str, str, str]:
        """Start, and return the URLs of the tool registry, the runtime and the daemon."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="arp-sandbox"))
        settings = self._settings
        registry = await self._serve(self._registry, "tool_registry", settings.tool_registry_port)
        runtime = await self._serve(self._runtime, "runtime", settings.runtime_port)
        self._runtime.resume()
        await self.instances.restore()
        self._daemon.restore()
        if self._default is not None and settings.instances:
            request = InstanceCreateRequest(runtime_profile=DEFAULT, count=settings.instances)
            await self.instances.create(self._default, request)
        daemon = await self._serve(self._daemon, "daemon", settings.daemon_port)
        self._store.put(_META, "opened", b"{}")
        return registry, runtime, daemon

    async def close(self) -> None:
        """Stop. Runs are interrupted, and begin again at the next start."""
        await asyncio.gather(*(listener.close(grace=0) for listener in self._listeners))
        await self.instances.abandon()
        await self._runtime.stop()
        # A thread in the middle of a call would reopen a closed client.
        await asyncio.get_running_loop().shutdown_default_executor()
        for runtime in self._remotes.values():
            runtime.close()
        for registry in self._registries.values():
            registry.close()
        self._store.close()

    async def _serve(self, service: Service, name: str, port: int) -> str:
        listener = Listener(self._app(service, name), port)
        self._listeners.append(listener)
        await listener.start()
        return listener.url

    def _app(self, service: Service, name: str) -> App:
        return App(service, name, self._faults, self._settings.token)

    def _new_runtime(self, scope: str, registry_url: str | None, capacity: int | None) -> Runtime:
        tools = self._registry if registry_url is None else self._tools_at(registry_url)
        latency = self._settings.latency
        return Runtime(self._runs(scope), tools, self._scripts, latency, capacity)

    def _launch(self, record: InstanceRecord) -> ManagedInstance:
        runtime = self._new_runtime(
            record.instance.instance_id, record.tool_registry_url, record.settings.capacity
        )
        return ManagedInstance(record, runtime, Listener(self._app(runtime, "runtime")))

    def _tools_at(self, url: str) -> RemoteTools:
        if url not in self._registries:
            self._registries[url] = RemoteTools(url)
        return self._registries[url]

    def _connect(self, endpoint: str) -> RemoteRuntime:
        if endpoint not in self._remotes:
            own = {listener.url for listener in self._listeners}
            own |= {instance.runtime_api_endpoint for instance in self.instances.snapshots()}
            token = self._settings.token if endpoint in own else None
            self._remotes[endpoint] = RemoteService(
                "runtime", RuntimeClient, endpoint, token, _RUNTIME_TIMEOUT
            )
        return self._remotes[endpoint]
