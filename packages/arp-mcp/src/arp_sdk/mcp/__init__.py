"""Bridges between the Agent Runtime Protocol and the Model Context Protocol (MCP)."""

from ._version import __version__

__all__ = ["__version__"]
