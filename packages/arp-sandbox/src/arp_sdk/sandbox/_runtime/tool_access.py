"""The tool registries that runs can call: the sandbox's own, and any other by its URL."""

from __future__ import annotations

import asyncio
from typing import Any

from arp_sdk.errors import ArpApiError, ArpError
from arp_sdk.models import ToolInvocationRequest, ToolInvocationResult
from arp_sdk.sandbox._http.loopback import loopback_client
from arp_sdk.sandbox._http.service_error import ServiceError
from arp_sdk.sandbox._tool_registry.service import ToolRegistry
from arp_sdk.tool_registry import ToolRegistryClient

from .run_context import ToolsUnavailableError

_TIMEOUT_SECONDS = 10.0


class OwnTools:
    """The tools of the sandbox's registry, without a way over the network."""

    def __init__(self, registry: ToolRegistry) -> None:
        self._registry = registry

    async def id_of(self, name: str) -> str:
        """The identifier of a tool."""
        return _id_of(name, await self._registry.list_tools())

    async def invoke(
        self, invocation_id: str, name: str, args: dict[str, Any]
    ) -> ToolInvocationResult:
        """Invoke a tool."""
        try:
            return await self._registry.invoke_tool(_request(invocation_id, name, args))
        except ServiceError as error:
            raise ToolsUnavailableError(error.error.code, error.error.message) from None


class RemoteTools:
    """The tools of another registry.

    Raises:
        ServiceError: If it is not on this machine.
    """

    def __init__(self, url: str) -> None:
        self._client = loopback_client(
            lambda: ToolRegistryClient(url, retries=0, timeout=_TIMEOUT_SECONDS), url
        )

    async def id_of(self, name: str) -> str:
        """The identifier of a tool."""
        try:
            return _id_of(name, await asyncio.to_thread(self._client.list_tools))
        except ArpError:
            return name

    async def invoke(
        self, invocation_id: str, name: str, args: dict[str, Any]
    ) -> ToolInvocationResult:
        """Invoke a tool."""
        request = _request(invocation_id, name, args)
        try:
            return await asyncio.to_thread(self._client.invoke_tool, request)
        except ArpError as error:
            code = error.code if isinstance(error, ArpApiError) else "tool_registry.unreachable"
            raise ToolsUnavailableError(code, str(error)) from None

    def close(self) -> None:
        """Give up connections."""
        self._client.close()


def _id_of(name: str, definitions: list[Any]) -> str:
    return next((tool.tool_id for tool in definitions if tool.name == name), name)


def _request(invocation_id: str, name: str, args: dict[str, Any]) -> ToolInvocationRequest:
    return ToolInvocationRequest(invocation_id=invocation_id, tool_name=name, args=args)
