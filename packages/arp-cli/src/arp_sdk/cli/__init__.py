"""The command `arp`, which works with the services of the Agent Runtime Protocol."""

from ._main import main
from ._version import __version__

__all__ = ["__version__", "main"]
