"""The three services, wired up in one event loop."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from arp_sdk.models import InstanceCreateRequest
from arp_sdk.runtime import RuntimeClient
from arp_sdk.sandbox._daemon.instance import InstanceRecord, ManagedInstance, RemoteRuntime
from arp_sdk.sandbox._daemon.instance_pool import InstancePool
from arp_sdk.sandbox._daemon.profiles import DEFAULT, Profiles
from arp_sdk.sandbox._daemon.service import Daemon
from arp_sdk.sandbox._faults.faults import Faults
from arp_sdk.sandbox._faults.injection import FaultInjection
from arp_sdk.sandbox._http.front import Front
from arp_sdk.sandbox._http.listener import Listener
from arp_sdk.sandbox._http.local_hosts import AllowedHosts
from arp_sdk.sandbox._http.remote_service import RemoteService
from arp_sdk.sandbox._runtime.run import RunStore
from arp_sdk.sandbox._runtime.run_context import RemoteTools
from arp_sdk.sandbox._runtime.script import Scripts
from arp_sdk.sandbox._runtime.service import Runtime
from arp_sdk.sandbox._state.state_file import FileStore, StateFileError, Store
from arp_sdk.sandbox._tool_registry.service import ToolRegistry
from arp_sdk.sandbox._version import __version__
from arp_sdk.server import Application, BearerTokens, Service, ServiceError, app
from arp_sdk.tool_registry import ToolRegistryClient

_TOOL_THREADS = 32
_CALL_THREADS = 256
_TOOL_TIMEOUT = 10.0
_RUNTIME_TIMEOUT = 5.0
_META = "meta"
_logger = logging.getLogger("arp_sdk.sandbox")


@dataclass
class Settings:
    """The arguments of `Sandbox`; the token may be replaced."""

    tool_registry_port: int
    runtime_port: int
    daemon_port: int
    token: str | None = field(repr=False)
    state: Path | None
    latency: float
    instances: int
    allowed_hosts: AllowedHosts


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
        self._remotes: dict[str, RemoteRuntime] = {}
        self._registries: dict[str, RemoteTools] = {}
        # Services that do not respond must not take the threads that tools need.
        self._calls = ThreadPoolExecutor(_CALL_THREADS, thread_name_prefix="arp-sandbox-call")
        self._store = Store() if settings.state is None else FileStore(settings.state)
        self._runs = cache(lambda scope: RunStore(scope, self._store))
        self.instances = InstancePool(self._store, self._launch, self._connect)
        try:
            with self._store.loading():
                self._is_new = not self._store.all(_META, dict)
                self._profiles = Profiles(self._store, self._is_new)
                self._runtime = self._new_runtime("runtime", None, None)
        except BaseException:
            self._store.close()
            raise
        self._daemon = Daemon(
            self._store, self._profiles, self.instances, self._runs, self._connect
        )

    async def open(self) -> tuple[str, str, str]:
        """Start, and return the URLs of the tool registry, the runtime and the daemon."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(_TOOL_THREADS, "arp-sandbox"))
        settings = self._settings
        registry = await self._serve(self._registry, "tool_registry", settings.tool_registry_port)
        runtime = await self._serve(self._runtime, "runtime", settings.runtime_port)
        self._runtime.resume()
        with self._store.loading():
            await self.instances.restore()
            self._daemon.restore()
        if self._is_new:
            if settings.instances:
                request = InstanceCreateRequest(runtime_profile=DEFAULT, count=settings.instances)
                await self.instances.create(self._profiles.get(DEFAULT), request)
            self._store.put(_META, "opened", b"{}")
        daemon = await self._serve(self._daemon, "daemon", settings.daemon_port)
        return registry, runtime, daemon

    async def close(self) -> None:
        """Stop. Runs are interrupted, and begin again at the next start."""
        await asyncio.gather(*(listener.close(grace=0) for listener in self._listeners))
        await self.instances.abandon()
        await self._runtime.stop()
        # A thread in the middle of a call would reopen a closed client.
        self._calls.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._calls.shutdown)
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

    def _app(self, service: Service, name: str) -> Application:
        made = app(
            service,
            auth=None if self._settings.token is None else self._is_valid,
            name=f"arp-sandbox-{name.replace('_', '-')}",
            version=__version__,
            translate=_state_error,
        )
        return Front(FaultInjection(made, name, self._faults), self._settings.allowed_hosts)

    def _is_valid(self, token: str) -> bool:
        return BearerTokens(self._settings.token or "")(token)

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
            self._registries[url] = RemoteTools(
                "tool_registry",
                ToolRegistryClient,
                url,
                self._token_for,
                _TOOL_TIMEOUT,
                self._calls,
            )
        return self._registries[url]

    def _connect(self, endpoint: str) -> RemoteRuntime:
        if endpoint not in self._remotes:
            self._remotes[endpoint] = RemoteService(
                "runtime", RuntimeClient, endpoint, self._token_for, _RUNTIME_TIMEOUT, self._calls
            )
        return self._remotes[endpoint]

    def _token_for(self, url: str) -> str | None:
        """Return the token if a service of this sandbox has the URL, now."""
        own = {listener.url for listener in self._listeners} | self.instances.own_urls()
        return self._settings.token if url in own else None


def _state_error(error: Exception) -> ServiceError | None:
    if not isinstance(error, StateFileError):
        return None
    _logger.error("%s", error)
    return ServiceError(507, "state.not_saved", str(error))
