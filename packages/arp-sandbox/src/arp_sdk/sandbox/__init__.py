"""Agent Runtime Protocol services for tests and first steps: real ones, on loopback sockets.

::

    from arp_sdk.sandbox import Sandbox

    with Sandbox() as box:
        print(box.daemon_url)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from arp_sdk.server.tools import ToolError

    from ._faults.faults import Fault, Faults
    from ._runtime.script import Call, Emit, Fail, Finish, Gate, Say, Step, Wait
    from ._sandbox import Sandbox
    from ._state.state_file import StateFileError

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
    "._faults.faults": ("Fault", "Faults"),
    "._runtime.script": ("Call", "Emit", "Fail", "Finish", "Gate", "Say", "Step", "Wait"),
    "._sandbox": ("Sandbox",),
    "._state.state_file": ("StateFileError",),
    "arp_sdk.server.tools": ("ToolError",),
}


def __dir__() -> list[str]:
    return __all__


# pytest imports this package wherever it is installed, so that import must be fast.
def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(module, __name__), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
