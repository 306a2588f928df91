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
    from ._fault import Fault
    from ._faults import Faults
    from ._gate import Gate
    from ._sandbox import Sandbox
    from ._script import Call, Emit, Fail, Finish, Say, Step, Wait
    from ._store import StateFileError
    from ._tool import ToolError

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
    "Call": "_script",
    "Emit": "_script",
    "Fail": "_script",
    "Fault": "_fault",
    "Faults": "_faults",
    "Finish": "_script",
    "Gate": "_gate",
    "Sandbox": "_sandbox",
    "Say": "_script",
    "StateFileError": "_store",
    "Step": "_script",
    "ToolError": "_tool",
    "Wait": "_script",
}


# Wherever this is installed, pytest loads the plugin: that must cost next to nothing.
def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value
