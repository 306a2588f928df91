"""The three services, wired up: what lives in the event loop of a sandbox."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from arp_sdk.models import InstanceCreateRequest, InstanceState
from arp_sdk.sandbox._daemon.instance import InstanceRecord, ManagedInstance
from arp_sdk.sandbox._daemon.instance_pool import Instances
from arp_sdk.sandbox._daemon.profiles import DEFAULT, Profiles
from arp_sdk.sandbox._daemon.runtime_proxy import RemoteRuntime
from arp_sdk.sandbox._daemon.service import Daemon
from arp_sdk.sandbox._faults.schedule import Faults
from arp_sdk.sandbox._http.app import App, Service
from arp_sdk.sandbox._http.listener import Listener
from arp_sdk.sandbox._runtime.run_context import Tools
from arp_sdk.sandbox._runtime.run_store import RunBook
from arp_sdk.sandbox._runtime.script import Scripts
from arp_sdk.sandbox._runtime.service import Runtime
from arp_sdk.sandbox._runtime.tool_access import OwnTools, RemoteTools
from arp_sdk.sandbox._state.state_file import FileStore, Store
from arp_sdk.sandbox._tool_registry.service import ToolRegistry

_THREADS = 32
_META = "meta"


@dataclass(frozen=True)
class Settings:
    """What a sandbox is to be like; see `Sandbox`."""

    tool_registry_port: int
    runtime_port: int
    daemon_port: int
    token: str | None
    state: Path | None
    latency: float
    instances: int


class Services:
    """A tool registry, a runtime and a daemon on ports of their own.

    Args:
        settings: What they are to be like.
        registry: The tools.
        scripts: What runs do.
        faults: What goes wrong on purpose.

    Raises:
        StateFileError: If the state file cannot be used.
        OSError: If a port is taken.
    """

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
        self._books = cache(lambda scope: RunBook(scope, self._store))
        self._is_new = not self._store.all(_META)
        profiles = Profiles(self._store, self._is_new)
        self.instances = Instances(self._store, self._launch, self._connect)
        self._daemon = Daemon(self._store, profiles, self.instances, self._books, self._connect)
        self._runtime = self._make_runtime("runtime", None, None)
        self._default = profiles.get(DEFAULT) if self._is_new else None

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
        self._store.put(_META, "opened", b"")
        return registry, runtime, daemon

    async def close(self) -> None:
        """Stop at once. Runs that are going on are cut off, and go on with the next start."""
        await asyncio.gather(*(listener.close(grace=0) for listener in self._listeners))
        await self.instances.abandon()
        await self._runtime.stop()
        # A thread that is still in a call would open a closed client again.
        await asyncio.get_running_loop().shutdown_default_executor()
        for remote in self._remotes.values():
            remote.close()
        for registry in self._registries.values():
            registry.close()
        self._store.close()

    async def fall(self, instance_id: str, state: InstanceState) -> None:
        """Let a managed instance end by itself."""
        await self.instances.fall(instance_id, state)

    async def _serve(self, service: Service, name: str, port: int) -> str:
        listener = Listener(self._app(service, name), port)
        self._listeners.append(listener)
        await listener.start()
        return listener.url

    def _app(self, service: Service, name: str) -> App:
        return App(service, name, self._faults, self._settings.token)

    def _make_runtime(self, scope: str, registry_url: str | None, capacity: int | None) -> Runtime:
        tools: Tools = OwnTools(self._registry)
        if registry_url is not None:
            if registry_url not in self._registries:
                self._registries[registry_url] = RemoteTools(registry_url)
            tools = self._registries[registry_url]
        book = self._books(scope)
        return Runtime(book, tools, self._scripts, self._settings.latency, capacity)

    def _launch(self, record: InstanceRecord) -> ManagedInstance:
        runtime = self._make_runtime(
            record.instance.instance_id, record.tool_registry_url, record.behavior.capacity
        )
        return ManagedInstance(record, runtime, Listener(self._app(runtime, "runtime")))

    def _connect(self, endpoint: str) -> RemoteRuntime:
        if endpoint not in self._remotes:
            own = {listener.url for listener in self._listeners}
            own |= {instance.runtime_api_endpoint for instance in self.instances.seen()}
            token = self._settings.token if endpoint in own else None
            self._remotes[endpoint] = RemoteRuntime(endpoint, token)
        return self._remotes[endpoint]
