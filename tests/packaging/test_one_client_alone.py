from __future__ import annotations

from importlib.metadata import distributions

from support.environments import Environment

from .calls import ask_health

REQUIRED_BY_REQUESTS = {"certifi", "charset-normalizer", "idna", "urllib3"}
OTHERS = """
from importlib.util import find_spec
print(find_spec("arp_sdk.daemon") is not None, find_spec("arp_sdk.runtime"))
"""


# The one packaging test that is not marked `full`.
def test_the_wheel_of_one_client_works_without_the_others(
    daemon_alone: Environment, service_url: str
) -> None:
    assert daemon_alone.run(ask_health("arp_sdk.daemon"), service_url) == "ok"
    assert daemon_alone.run(OTHERS) == "True None"
    installed = distributions(path=[str(daemon_alone.site_packages)])
    names = {each.metadata["Name"].lower().replace("_", "-") for each in installed}
    assert names == {"arp-core", "arp-daemon", "msgspec", "requests", *REQUIRED_BY_REQUESTS}
