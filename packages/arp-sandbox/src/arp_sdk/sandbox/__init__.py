"""Agent Runtime Protocol services for tests and first steps: real ones, on loopback sockets.

```python
from arp_sdk.sandbox import Sandbox

with Sandbox() as box:
    print(box.daemon_url)
```
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from arp_sdk.sandbox._faults.fault import Fault
    from arp_sdk.sandbox._faults.schedule import Faults
    from arp_sdk.sandbox._runtime.gate import Gate
    from arp_sdk.sandbox._runtime.script import Call, Emit, Fail, Finish, Say, Step, Wait
    from arp_sdk.sandbox._state.state_file import StateFileError
    from arp_sdk.sandbox._tool_registry.tool import ToolError

    from ._sandbox import Sandbox

__all__ = [
    "Call",
    "Emit",
    "Fail",
    "Fault",
    "Faults",
    "Finish",
    "Gate",
    "Sandbox",
    "Say",
    "StateFileError",
    "Step",
    "ToolError",
    "Wait",
    "__version__",
]

_MODULES = {
    "Call": "_runtime.script",
    "Emit": "_runtime.script",
    "Fail": "_runtime.script",
    "Fault": "_faults.fault",
    "Faults": "_faults.schedule",
    "Finish": "_runtime.script",
    "Gate": "_runtime.gate",
    "Sandbox": "_sandbox",
    "Say": "_runtime.script",
    "StateFileError": "_state.state_file",
    "Step": "_runtime.script",
    "ToolError": "_tool_registry.tool",
    "Wait": "_runtime.script",
}


# Wherever this is installed, pytest loads the plugin: that must cost next to nothing.
def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value
