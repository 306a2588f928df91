"""Run a command against the first-party services.

    python -m first_party python examples/quickstart.py

The command finds them by ARP_TOOL_REGISTRY_URL, ARP_RUNTIME_URL and ARP_DAEMON_URL.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from first_party import services
from first_party.environment import services_environment


def main() -> int:
    venv = services_environment()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        registry = stack.enter_context(services.tool_registry(venv, folder / "tool-registry"))
        runtime = stack.enter_context(services.runtime(venv, folder / "runtime", registry.url))
        daemon = stack.enter_context(services.daemon(venv, folder / "daemon", registry.url))
        urls = {
            "ARP_TOOL_REGISTRY_URL": registry.url,
            "ARP_RUNTIME_URL": runtime.url,
            "ARP_DAEMON_URL": daemon.url,
        }
        return subprocess.run(sys.argv[1:], env={**os.environ, **urls}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
