"""Runtime instances and profiles of a daemon."""

from __future__ import annotations

from typing import Any

from arp_sdk.check._exchange import Exchange
from arp_sdk.check._probe import Probe
from arp_sdk.check._report import Severity

from .scenario import scenario


@scenario("instances.profiles", "upsert_runtime_profile", "list_runtime_profiles")
def profiles(probe: Probe) -> None:
    """A profile is stored as it was written, and deleted."""
    name = probe.new_id("profile")
    body = {"description": "Made by arp-check.", "metadata": {"labels": {"made-by": "arp-check"}}}
    exchange = probe.call("upsert_runtime_profile", name, body=body)
    stored = exchange.json
    if exchange.status != 200 or not isinstance(stored, dict):
        return  # daemons differ in what a profile has to say
    try:
        expected = {"runtime_profile": name, **body}
        _same(probe, "upsert_runtime_profile", exchange, stored, expected)
        _, exchange = probe.value("upsert_runtime_profile", name, body=body)
        _same(probe, "upsert_runtime_profile", exchange, stored, expected)
        found, exchange = _listed(probe, name)
        probe.expect(
            len(found) == 1,
            "list_runtime_profiles",
            exchange,
            f"a profile that was written twice is listed {len(found)} times",
            "Name of the profile, unique within the daemon.",
        )
        for profile in found:
            _same(probe, "list_runtime_profiles", exchange, profile, expected)
    finally:
        deleted = probe.call("delete_runtime_profile", name)
    found, exchange = _listed(probe, name)
    probe.expect(
        deleted.status != 204 or not found,
        "delete_runtime_profile",
        exchange,
        "a profile is listed after it was deleted",
        "Removes the profile, so that no more instances can be launched from it",
    )


def _same(probe: Probe, operation: str, exchange: Exchange, stored: Any, sent: Any) -> None:
    different = [key for key, value in sent.items() if stored.get(key) != value]
    probe.expect(
        not different,
        operation,
        exchange,
        f"{', '.join(different)} of the profile is not what was written",
        "The stored profile.",
    )


def _listed(probe: Probe, name: str) -> tuple[list[dict[str, Any]], Exchange]:
    listed, exchange = probe.value("list_runtime_profiles")
    found = [each for each in listed.get("profiles", []) if isinstance(each, dict)]
    return [each for each in found if each.get("runtime_profile") == name], exchange


@scenario("instances.list", "list_instances", changes=False)
def instances(probe: Probe) -> None:
    """Each instance has an identifier of its own."""
    listed, exchange = probe.value("list_instances")
    ids = [each.get("instance_id") for each in listed.get("instances", [])]
    probe.expect(
        len(ids) == len(set(ids)),
        "list_instances",
        exchange,
        "two instances have one identifier",
        "Identifier of the instance, chosen by the daemon and unique within it.",
    )


@scenario("instances.life-cycle", "create_instances", "delete_instance")
def life_cycle(probe: Probe) -> None:
    """Instances are launched, become ready, and are removed."""
    unknown = {"runtime_profile": probe.new_id("profile"), "count": 1}
    exchange = probe.call("create_instances", body=unknown)
    rule = probe.sentence("create_instances", "An error can mean that the profile is unknown")
    what = "an unknown profile"
    probe.expect_error("create_instances", exchange, what, rule, severity=Severity.WARNING)
    if exchange.status == 200 and isinstance(exchange.json, dict):
        for instance in exchange.json.get("instances", []):
            probe.call("delete_instance", str(instance.get("instance_id")))
    listed, _ = probe.value("list_runtime_profiles")
    names = [each["runtime_profile"] for each in listed["profiles"]]
    if not names:
        return
    name = "default" if "default" in names else names[0]
    created, exchange = probe.value("create_instances", body={"runtime_profile": name, "count": 2})
    made = [each for each in created.get("instances", []) if isinstance(each, dict)]
    ids = [str(each.get("instance_id")) for each in made]
    try:
        probe.expect(
            len(set(ids)) == 2,
            "create_instances",
            exchange,
            f"of two instances, {len(set(ids))} are launched",
            "The new instances, as many as asked for.",
        )
        probe.expect(
            all(each.get("runtime_profile", name) == name for each in made),
            "create_instances",
            exchange,
            "an instance belongs to another profile",
            "Name of the runtime profile that the instance was launched from or registered under.",
        )
        (states, last), ready = probe.wait(
            lambda: _states(probe, ids), lambda each: set(each[0].values()) == {"ready"}
        )
        probe.expect(
            set(states) == set(ids),
            "list_instances",
            last,
            "an instance that was launched is not listed",
            probe.sentence("list_instances", "Returns all instances that runs can be sent to"),
        )
        probe.expect(
            ready or set(states) != set(ids),
            "list_instances",
            last,
            f"instances are {sorted(set(states.values()))} after {probe.patience:g} s",
            probe.sentence("create_instances", "The new instances may still be starting"),
            Severity.WARNING,
        )
    finally:
        for instance_id in ids:
            probe.call("delete_instance", instance_id)
    (states, last), _ = probe.wait(lambda: _states(probe, ids), lambda each: not each[0])
    probe.expect(
        not [state for state in states.values() if state not in ("stopping", "stopped")],
        "delete_instance",
        last,
        "an instance is listed after it was deleted",
        probe.sentence("delete_instance", "Stops an instance that the daemon launched"),
    )


@scenario("instances.register", "register_instance", "delete_instance")
def register(probe: Probe) -> None:
    """A runtime that is managed elsewhere is added and forgotten again."""
    listed, _ = probe.value("list_instances")
    known = [each for each in listed.get("instances", []) if isinstance(each, dict)]
    if not known:
        return
    # The only runtime whose address is known to work: it is registered a second time.
    body = {"runtime_api_endpoint": known[0]["runtime_api_endpoint"], "runtime_name": "arp-check"}
    registered, exchange = probe.value("register_instance", body=body)
    instance = registered.get("instance") or {}
    id_ = str(instance.get("instance_id"))
    try:
        probe.expect(
            id_ not in [each.get("instance_id") for each in known],
            "register_instance",
            exchange,
            "the new instance has the identifier of another one",
            "Identifier of the instance, chosen by the daemon and unique within it.",
        )
        probe.expect(
            instance.get("managed") is False,
            "register_instance",
            exchange,
            "a registered instance counts as managed by the daemon",
            "False means that the instance was registered, and is managed elsewhere.",
        )
        probe.expect(
            str(instance.get("runtime_api_endpoint")).rstrip("/")
            == str(body["runtime_api_endpoint"]).rstrip("/"),
            "register_instance",
            exchange,
            "the instance has another address than the one that was registered",
            "Address of the Runtime API of the instance.",
        )
    finally:
        if instance and id_ not in [each.get("instance_id") for each in known]:
            probe.call("delete_instance", id_)


def _states(probe: Probe, ids: list[str]) -> tuple[dict[str, str], Exchange]:
    listed, exchange = probe.value("list_instances")
    found = [each for each in listed.get("instances", []) if isinstance(each, dict)]
    return {
        str(each.get("instance_id")): str(each.get("state"))
        for each in found
        if each.get("instance_id") in ids
    }, exchange
