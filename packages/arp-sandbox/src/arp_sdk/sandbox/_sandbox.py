from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, overload

from arp_sdk.daemon.server import DaemonService
from arp_sdk.models import InstanceState
from arp_sdk.runtime.server import RuntimeService
from arp_sdk.sandbox._faults.faults import Faults
from arp_sdk.sandbox._http.local_hosts import AllowedHosts
from arp_sdk.sandbox._runtime.script import Gate, Scripts, Step
from arp_sdk.sandbox._tool_registry.service import ToolRegistry
from arp_sdk.tool_registry.server import ToolRegistryService

from ._assembly import Services, Settings
from ._service_thread import ServiceThread

F = TypeVar("F", bound=Callable[..., Any])

URL_VARIABLES: tuple[str, ...] = ("ARP_TOOL_REGISTRY_URL", "ARP_RUNTIME_URL", "ARP_DAEMON_URL")


class Sandbox:
    """A tool registry, a runtime and a daemon, on loopback ports of this process.

    ::

        with Sandbox() as box, DaemonClient(box.daemon_url) as daemon:
            result = daemon.run("What is (19*23)?", timeout=60)

    The services run in a thread of their own. Any thread may add tools, scripts and faults, before
    and while they run.

    Attributes:
        faults: The faults that the services inject.
    """

    faults: Faults

    def __init__(
        self,
        *,
        tool_registry_port: int = 0,
        runtime_port: int = 0,
        daemon_port: int = 0,
        token: str | None = None,
        state: str | Path | None = None,
        latency: float = 0.01,
        instances: int = 1,
        allowed_hosts: Sequence[str] = (),
    ) -> None:
        """Make a sandbox. It runs from `start`, or from the `with` statement on.

        Args:
            tool_registry_port: Port of the tool registry; 0 means a free one.
            runtime_port: Port of the runtime; 0 means a free one.
            daemon_port: Port of the daemon; 0 means a free one.
            token: The bearer token that all operations except `health` and `version` require;
                None means no authentication.
            state: File that keeps profiles, instances and runs after the end of the process, or
                None. It is created if it is missing.
            latency: Seconds before a run starts, and before each of its events.
            instances: Number of instances of the profile `default`, unless the state file already
                says.
            allowed_hosts: Hosts besides this machine that the Host and Origin headers of requests
                may name, such as `sandbox.test` or `sandbox.test:8000`.

        Raises:
            ValueError: If a number is negative or not finite, or the token is empty.
        """
        if min(tool_registry_port, runtime_port, daemon_port, latency, instances) < 0:
            raise ValueError("ports, latency and instances cannot be negative")
        if not math.isfinite(latency):
            raise ValueError("latency must be finite")
        if token == "":
            raise ValueError("the token is empty; pass None for no authentication")
        self._settings = Settings(
            tool_registry_port,
            runtime_port,
            daemon_port,
            token,
            None if state is None else Path(state),
            latency,
            instances,
            AllowedHosts([allowed_hosts] if isinstance(allowed_hosts, str) else allowed_hosts),
        )
        self._registry = ToolRegistry()
        self._scripts = Scripts()
        self.faults = Faults(
            {
                "tool_registry": ToolRegistryService.contract.operations,
                "runtime": RuntimeService.contract.operations,
                "daemon": DaemonService.contract.operations,
            }
        )
        self._thread: ServiceThread | None = None

    @property
    def tool_registry_url(self) -> str:
        """URL of the tool registry."""
        return self._running().urls[0]

    @property
    def runtime_url(self) -> str:
        """URL of the runtime, which is not an instance of the daemon."""
        return self._running().urls[1]

    @property
    def daemon_url(self) -> str:
        """URL of the daemon."""
        return self._running().urls[2]

    @property
    def token(self) -> str | None:
        """The bearer token that the services require, or None.

        A sandbox that has a token can get another one at any time: the old one expires.
        """
        return self._settings.token

    @token.setter
    def token(self, token: str) -> None:
        if not token or self._settings.token is None:
            raise ValueError("another token needs one to begin with: Sandbox(token=...)")
        self._settings.token = token

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables by which clients find the services."""
        variables = dict(zip(URL_VARIABLES, self._running().urls, strict=True))
        return variables if self.token is None else {**variables, "ARP_TOKEN": self.token}

    def start(self) -> None:
        """Start the services, and return when they respond.

        Raises:
            StateFileError: If the state file cannot be used.
            OSError: If a port is taken.
            RuntimeError: If they are running already.
        """
        if self._thread is not None:
            raise RuntimeError("the sandbox is running already")
        self._thread = ServiceThread(
            partial(Services, self._settings, self._registry, self._scripts, self.faults)
        )

    def close(self) -> None:
        """Stop the services, and return when they have stopped. A sandbox can start again.

        This waits for tools that are still executing.
        """
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __del__(self) -> None:
        thread: ServiceThread | None = getattr(self, "_thread", None)
        if thread is not None:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
            thread.request_stop()

    def __repr__(self) -> str:
        state = "not running" if self._thread is None else f"daemon at {self._thread.urls[2]}"
        return f"<Sandbox, {state}>"

    @overload
    def tool(self, function: F, /) -> F: ...

    @overload
    def tool(
        self, /, *, name: str | None = None, description: str | None = None
    ) -> Callable[[F], F]: ...

    def tool(
        self,
        function: F | None = None,
        /,
        *,
        name: str | None = None,
        description: str | None = None,
    ) -> F | Callable[[F], F]:
        """Register a function as a tool; a decorator, with or without arguments.

        The JSON Schemas come from the signature. The function is called by keyword: in a thread,
        or in the event loop if it is an `async def`. Any exception makes the invocation fail;
        raise `ToolError` for failures that are part of the tool's work.

        Args:
            function: The function.
            name: Name of the tool; by default, that of the function. Its identifier is
                `tool_NAME`.
            description: Description of the tool; by default, the docstring.

        Raises:
            TypeError: If a parameter cannot be passed by keyword, or a type has no JSON Schema.
        """
        register = self._registry.tools.tool(name=name, description=description)
        return register if function is None else register(function)

    def script(self, goal: str, steps: Sequence[Step], *, queued: float | Gate = 0.0) -> None:
        """Define the steps of runs with a goal, in place of the built-in behavior.

        Args:
            goal: The exact goal.
            steps: The steps: `Say`, `Call`, `Wait`, `Emit`, and `Finish` or `Fail` at the end.
            queued: Seconds that a run is queued before it starts, or a gate.

        Raises:
            ArpValidationError: If a step holds a value that is not JSON.
        """
        self._scripts.add(goal, steps, queued)

    def stop_instance(self, instance_id: str, *, crash: bool = False) -> None:
        """End a managed instance without a request to the daemon. Its runs fail.

        Args:
            instance_id: The instance.
            crash: Whether its state becomes `error` rather than `stopped`.

        Raises:
            KeyError: If there is no such managed instance.
        """
        state = InstanceState.ERROR if crash else InstanceState.STOPPED
        self._running().crash_instance(instance_id, state)

    def _running(self) -> ServiceThread:
        if self._thread is None:
            raise RuntimeError("the sandbox is not running: use it in a with statement")
        return self._thread
