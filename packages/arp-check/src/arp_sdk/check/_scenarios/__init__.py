"""The scenarios, in the order in which they run."""

from __future__ import annotations

from . import events, instances, nodes, requests, runs, service, tools
from .scenario import SCENARIOS, Scenario

__all__ = [
    "SCENARIOS",
    "Scenario",
    "events",
    "instances",
    "nodes",
    "requests",
    "runs",
    "service",
    "tools",
]
