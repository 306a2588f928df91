"""Names that a module only has for type checkers, for those that check types while it runs."""

from __future__ import annotations

import importlib
from collections.abc import Callable


def late(**modules: str) -> Callable[[str], object]:
    """Return a module's `__getattr__` that imports names when beartype asks for them.

    Args:
        **modules: The module of each name. It takes long to import, or imports this one.
    """

    def get(name: str) -> object:
        if name not in modules:
            raise AttributeError(name)
        value: object = getattr(importlib.import_module(modules[name]), name)
        return value

    return get
