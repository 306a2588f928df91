from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar, overload

from arp_sdk.core import Operation
from arp_sdk.models import InstanceState
from arp_sdk.sandbox._faults.schedule import Faults
from arp_sdk.sandbox._runtime.gate import Gate
from arp_sdk.sandbox._runtime.script import Scripts, Step
from arp_sdk.sandbox._tool_registry.builtin_tools import builtin_tools
from arp_sdk.sandbox._tool_registry.service import ToolRegistry
from arp_sdk.sandbox._tool_registry.tool import make_tool

from ._assembly import Services, Settings
from ._event_loop import Life, begin
from ._generated import DaemonService, RuntimeService, ToolRegistryService

F = TypeVar("F", bound=Callable[..., Any])

URL_VARIABLES: tuple[str, ...] = ("ARP_TOOL_REGISTRY_URL", "ARP_RUNTIME_URL", "ARP_DAEMON_URL")


class Sandbox:
    """A tool registry, a runtime and a daemon, on loopback ports of this process.

    ```python
    with Sandbox() as box, DaemonClient(box.daemon_url) as daemon:
        run = daemon.submit_run(RunRequest(input=RunRequestInput(goal="What is (19*23)?")))
    ```

    They live in a thread of their own. Tools, scripts and faults may be added from any thread,
    before and while they run.

    Attributes:
        faults: What goes wrong on purpose.
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
    ) -> None:
        """Make a sandbox. It runs from `start`, or from the `with` statement on.

        Args:
            tool_registry_port: Port of the tool registry; 0 is a free one.
            runtime_port: Port of the runtime; 0 is a free one.
            daemon_port: Port of the daemon; 0 is a free one.
            token: The bearer token that all operations but `health` and `version` demand; None
                is no authentication.
            state: File that keeps profiles, instances and runs beyond the end of the process, or
                None. It is made when it is missing.
            latency: Seconds that a run waits to be started, and that each of its events takes.
            instances: How many instances of the profile `default` the daemon has from the start,
                where no state file says otherwise.

        Raises:
            ValueError: If a number is negative, or the token is empty.
        """
        if min(tool_registry_port, runtime_port, daemon_port, latency, instances) < 0:
            raise ValueError("ports, latency and instances cannot be negative")
        if token == "":
            raise ValueError("the token is empty")
        self._settings = Settings(
            tool_registry_port,
            runtime_port,
            daemon_port,
            token,
            None if state is None else Path(state),
            latency,
            instances,
        )
        self._registry = ToolRegistry()
        for tool in builtin_tools():
            self._registry.add(tool)
        self._scripts = Scripts()
        self.faults = Faults(
            {
                "tool_registry": _streams(ToolRegistryService.operations),
                "runtime": _streams(RuntimeService.operations),
                "daemon": _streams(DaemonService.operations),
            }
        )
        self._life: Life | None = None

    @property
    def tool_registry_url(self) -> str:
        """Where the tool registry is."""
        return self._running().urls[0]

    @property
    def runtime_url(self) -> str:
        """Where the runtime is; the daemon does not know of it."""
        return self._running().urls[1]

    @property
    def daemon_url(self) -> str:
        """Where the daemon is."""
        return self._running().urls[2]

    @property
    def token(self) -> str | None:
        """The bearer token that the services demand, or None."""
        return self._settings.token

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables by which the clients find the services."""
        variables = dict(zip(URL_VARIABLES, self._running().urls, strict=True))
        return variables if self.token is None else {**variables, "ARP_TOKEN": self.token}

    def start(self) -> None:
        """Start the services, and return when they answer.

        Raises:
            StateFileError: If the state file cannot be used.
            OSError: If a port is taken.
            RuntimeError: If they are running already.
        """
        if self._life is not None:
            raise RuntimeError("the sandbox is running already")
        self._life = begin(
            partial(Services, self._settings, self._registry, self._scripts, self.faults)
        )

    def close(self) -> None:
        """Stop the services, and return when they have ended. A closed sandbox can start again.

        It waits for tools that are still being called.
        """
        life, self._life = self._life, None
        if life is not None:
            life.end()

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        life: Life | None = getattr(self, "_life", None)
        if life is not None:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
            life.stop()

    def __repr__(self) -> str:
        place = "not running" if self._life is None else f"daemon at {self._life.urls[2]}"
        return f"<Sandbox, {place}>"

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
        """Register a function as a tool, as a decorator with or without arguments.

        Its JSON Schemas come from its signature. It is called by keyword: in a thread, or in the
        event loop if it is an `async def`. What it raises makes the invocation fail; a `ToolError`
        is for failures that are part of its work.

        Args:
            function: The function.
            name: Name of the tool; that of the function where absent. Its identifier is
                `tool_NAME`.
            description: What it does; the docstring where absent.

        Raises:
            TypeError: If a parameter cannot be passed by name, or a type has no JSON Schema.
        """

        def register(function: F) -> F:
            self._registry.add(make_tool(function, name, description))
            return function

        return register if function is None else register(function)

    def script(self, goal: str, steps: Sequence[Step], *, queued: float | Gate = 0.0) -> None:
        """Decide what happens in runs with a goal, instead of what the planner would do.

        Args:
            goal: The goal, to the letter.
            steps: What happens: `Say`, `Call`, `Wait`, `Emit`, and `Finish` or `Fail` at the end.
            queued: How long a run waits before it starts: seconds, or a gate.

        Raises:
            ArpValidationError: If a step holds what is no JSON.
        """
        self._scripts.add(goal, steps, queued)

    def stop_instance(self, instance_id: str, *, crash: bool = False) -> None:
        """Let a managed instance end by itself, behind the daemon's back; its runs fail.

        Args:
            instance_id: The instance.
            crash: Whether its state becomes `error` rather than `stopped`.

        Raises:
            KeyError: If there is no such managed instance.
        """
        state = InstanceState.ERROR if crash else InstanceState.STOPPED
        self._running().fall(instance_id, state)

    def _running(self) -> Life:
        if self._life is None:
            raise RuntimeError("the sandbox is not running: use it in a with statement")
        return self._life


def _streams(operations: Mapping[str, Operation[Any]]) -> dict[str, bool]:
    """Whether each operation of a service is a stream, by its name."""
    return {operation.name: bool(operation.streams) for operation in operations.values()}
