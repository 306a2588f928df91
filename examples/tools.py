"""List tools, check arguments, invoke a tool, and convert definitions for a language model."""

from __future__ import annotations

from arp_sdk.errors import ArpToolError, ArpValidationError
from arp_sdk.tool_registry import ToolRegistryClient


def main() -> None:
    with ToolRegistryClient() as registry:
        tools = registry.tools()
        print(", ".join(tools))
        print(registry.invoke("calc", {"expression": "19*23"}))
        try:
            registry.validate(tools["calc"], {"expression": 19})
        except ArpValidationError as error:
            print(error)
        try:
            registry.invoke("calc", {"expression": "1/0"})
        except ArpToolError as error:
            print(error)
        print(tools["echo"].to_openai())
        print(tools["echo"].to_mcp())


if __name__ == "__main__":
    main()
