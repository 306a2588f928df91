"""A secret never shows, wherever it is kept and whatever happens to the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from arp_sdk.errors import ArpConfigError
from support.clients import KINDS, DaemonClient, Kind, kind
from support.server import Reply, Server, json_reply, serving

from .hunter import Evidence, leaks
from .places import PLACES, Place, parameters
from .situations import HEALTH, SITUATIONS, Scene, success
from .witness import listening


def _arrange(place: Place, origin: Server, monkeypatch: pytest.MonkeyPatch) -> Scene:
    origin.requests.clear()
    for name, value in place.environ(origin.url).items():
        monkeypatch.setenv(name, value)
    return Scene(place, origin, Evidence())


def _diagonals() -> list[tuple[Place, Callable[[Scene], Any], Kind]]:
    """Choose each place and each situation at least once, for each kind of client."""
    situations = list(SITUATIONS)
    return [
        (place, situations[number * step % len(situations)], kind_)
        for kind_, step in zip(KINDS, (1, 7), strict=True)
        for number, place in enumerate(PLACES)
    ]


@pytest.mark.parametrize(
    ("place", "situation", "client_kind"),
    _diagonals(),
    indirect=["client_kind"],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_nothing_shows(
    place: Place,
    situation: Callable[[Scene], Any],
    origin: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = _arrange(place, origin, monkeypatch)
    with listening(scene.evidence):
        outcome = situation(scene)
    expected = ArpConfigError if place.refused_by == kind() else SITUATIONS[situation]
    if expected is not None and not place.proxied:
        assert isinstance(outcome, expected), outcome
    found = leaks(scene.evidence, *place.secrets)
    assert not found, "\n".join([f"a secret shows: {situation.__name__}", *found])


@pytest.mark.full
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_nothing_shows_in_any_situation(place: Place, origin: Server) -> None:
    for situation in SITUATIONS:
        with pytest.MonkeyPatch.context() as patch:
            test_nothing_shows(place, situation, origin, patch)


@pytest.mark.parametrize("place", parameters(sent=True))
def test_the_secret_is_in_use(
    place: Place, origin: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = _arrange(place, origin, monkeypatch)
    success(scene)
    sent = Evidence()
    sent.walk("request", origin.last)
    for secret in place.secrets:
        assert leaks(sent, secret)


@pytest.mark.parametrize("place", parameters(sent=True, proxied=False))
def test_nothing_is_sent_to_another_origin(
    place: Place, origin: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = _arrange(place, origin, monkeypatch)
    with serving() as other:
        origin.plan(Reply(307, b"", {"Location": other.url + "/"}))
        other.plan(json_reply(HEALTH))
        scene.call(DaemonClient.health, DaemonClient, allow_cross_origin_redirects=True)
    sent = Evidence()
    sent.walk("request", other.requests)
    found = leaks(sent, *place.secrets)
    assert other.requests
    assert not found, "\n".join(["a secret was sent", *found])
