"""The lines of the standard: the facts about each that the everyday commands use."""

from __future__ import annotations

from typing import NamedTuple

from arp_sdk.cli._contract import Service
from arp_sdk.cli._generated import SERVICES
from arp_sdk.cli._generated.v0_3 import SERVICES as SERVICES_0_3


class Line(NamedTuple):
    """A line of the standard.

    Attributes:
        name: Its name.
        services: Its services.
        runs: The services that accept runs, the preferred one first.
        output: The property of a result with the output.
        selectors: The parameters of `arp run` that say who carries out a run.
        extra: The extra of `arp-cli` with its clients, or an empty string.
        instead: The everyday commands that it has no operations for, and what to do instead.
    """

    name: str
    services: tuple[Service, ...]
    runs: tuple[str, ...]
    output: str
    selectors: tuple[str, ...]
    extra: str = ""
    instead: dict[str, str] = {}  # noqa: RUF012  # nobody changes it


_NODE_TYPES = "arp node-registry list-node-types lists what a run can execute."
V0_1 = Line(
    "ARP 0.1", SERVICES, ("daemon", "runtime"), "output", ("instance_id", "runtime_profile")
)
V0_3 = Line(
    "ARP 0.3",
    SERVICES_0_3,
    ("run-gateway", "run-coordinator"),
    "outputs",
    ("node_type",),
    "v0-3",
    {
        "runs": "No service lists runs: keep their identifiers, and use arp result RUN.",
        "tools": _NODE_TYPES,
        "invoke": "Execute a node type: arp run --node-type ID@VERSION --request JSON",
        "instances": _NODE_TYPES,
        "profiles": _NODE_TYPES,
        "ui": "Watch a run in the terminal: arp watch RUN",
    },
)
# A command whose addresses are of both lines works with the first one.
LINES = (V0_1, V0_3)
ALL_SERVICES = tuple(service for line in LINES for service in line.services)


def line_of(slug: str) -> Line:
    """Return the line that a service belongs to."""
    return next(line for line in LINES if slug in {each.slug for each in line.services})
