"""Run the bridges: `python -m arp_sdk.mcp serve`, `python -m arp_sdk.mcp registry`."""

import sys

from ._command_line import main

sys.exit(main())
