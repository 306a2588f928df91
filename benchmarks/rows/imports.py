"""The first statement of a program that uses the SDK."""

from harness.row import Row, Subject, Target

CLIENT = "from arp_sdk.daemon import DaemonClient"
MADE = f"{CLIENT}; DaemonClient('http://127.0.0.1:8000')"

ROWS = [
    Row(
        "Importing a client",
        "statement",
        [
            Subject("the SDK", "sdk", CLIENT),
            Subject("the peer", "peer", CLIENT),
            Subject("requests and msgspec", "requests", "import requests, msgspec"),
            Subject("httpx", "httpx", "import httpx"),
        ],
        [Target("the SDK", "at most", 0.45, "the peer")],
        note=f"`{CLIENT}` in a new process. The SDK imports its transport with the first client.",
        rounds=25,
    ),
    Row(
        "Importing and making a client",
        "statement",
        [Subject("the SDK", "sdk", MADE), Subject("the peer", "peer", MADE)],
        note=f"`{MADE}` in a new process.",
        rounds=25,
    ),
    Row(
        "Importing a model",
        "statement",
        [
            Subject("a model of the SDK", "sdk", "from arp_sdk.models import RunRequest"),
            Subject("a model of the peer", "peer", "from arp_sdk.models import RunRequest"),
            Subject("msgspec", "sdk", "import msgspec"),
        ],
        [Target("a model of the SDK", "at most", 1.4, "msgspec")],
        note="`from arp_sdk.models import RunRequest` in a new process.",
        rounds=25,
    ),
]
