from __future__ import annotations

import pytest

from support.environments import Environment

from .calls import CLIENTS, newly_imported

pytestmark = pytest.mark.full

TRANSPORT = {"requests", "urllib3", "ssl", "http.client", "certifi"}


def imported(environment: Environment, module: str) -> set[str]:
    return set(environment.run(newly_imported(f"import {module}")).splitlines())


@pytest.mark.parametrize("module", ["arp_sdk.models", "arp_sdk.errors", "arp_sdk.schema"])
def test_models_and_errors_need_no_transport(daemon_alone: Environment, module: str) -> None:
    found = imported(daemon_alone, module)
    assert module in found
    assert not found & TRANSPORT
    assert "arp_sdk.core" not in found
    assert module != "arp_sdk.errors" or "msgspec" not in found


@pytest.mark.parametrize("module", [*CLIENTS, "arp_sdk.core"])
def test_a_client_imports_neither_another_nor_what_it_does_not_use(
    umbrella_alone: Environment, module: str
) -> None:
    found = imported(umbrella_alone, module)
    assert module in found
    assert found & CLIENTS.keys() <= {module}
    assert not found & {"pydantic", "httpx", "attr", "yaml", "jsonschema", "asyncio"}
