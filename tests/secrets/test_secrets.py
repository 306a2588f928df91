"""A secret never shows, wherever it is kept and whatever happens to the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from arp_sdk.errors import ArpConfigError
from support.clients import DaemonClient, kind
from support.server import Reply, Server, json_reply, serving

from .hunter import Evidence, leaks
from .places import PLACES, Place
from .situations import HEALTH, SITUATIONS, Scene, success
from .witness import listening


def _arrange(place: Place, origin: Server, monkeypatch: pytest.MonkeyPatch) -> Scene:
    origin.requests.clear()
    for name, value in place.environ(origin.url).items():
        monkeypatch.setenv(name, value)
    return Scene(place, origin, Evidence())


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
@pytest.mark.parametrize("place", PLACES, ids=str)
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
    assert not found, "\n".join(["a secret shows", *found])


@pytest.mark.parametrize("place", [place for place in PLACES if place.sent], ids=str)
def test_the_secret_is_in_use(
    place: Place, origin: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = _arrange(place, origin, monkeypatch)
    success(scene)
    sent = Evidence()
    sent.walk("request", origin.last)
    for secret in place.secrets:
        assert leaks(sent, secret)


@pytest.mark.parametrize(
    "place", [place for place in PLACES if place.sent and not place.proxied], ids=str
)
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
