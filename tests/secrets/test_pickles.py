"""A pickle of a client has its secrets only on request."""

from __future__ import annotations

import copy
import pickle

import pytest

from arp_sdk.errors import ArpError
from support.clients import DaemonClient, kind
from support.server import Server, json_reply

from .hunter import Evidence, leaks
from .places import PLACES, Place, parameters
from .situations import HEALTH


def _received(client: DaemonClient, origin: Server) -> Evidence:
    origin.requests.clear()
    origin.plan(json_reply(HEALTH))
    evidence = Evidence()
    try:
        with client:
            client.health()
    except ArpError:
        pass
    evidence.walk("requests", origin.requests)
    return evidence


def _pickled(place: Place, origin: Server, *, pickle_secrets: bool = False) -> bytes:
    if place.refused_by == kind():
        pytest.skip(f"{kind()} refuses {place}")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in place.environ(origin.url).items():
            patch.setenv(name, value)
        options = {"pickle_secrets": pickle_secrets, **place.options(origin.url)}
        with DaemonClient(origin.url, **options) as client:
            return pickle.dumps(client)


@pytest.mark.parametrize("place", parameters(kept=True))
def test_a_pickle_has_no_secrets(place: Place, origin: Server) -> None:
    data = _pickled(place, origin)
    assert leaks(Evidence([("pickle", data)]), *place.secrets) == []
    received = _received(pickle.loads(data), origin)
    assert leaks(received, *place.secrets) == []
    assert received.items


@pytest.mark.parametrize("place", parameters(kept=True))
def test_a_pickle_has_the_secrets_on_request(place: Place, origin: Server) -> None:
    data = _pickled(place, origin, pickle_secrets=True)
    assert leaks(Evidence([("pickle", data)]), *place.secrets)
    again = pickle.loads(data)
    assert again.options.pickle_secrets
    assert leaks(Evidence([("repr", repr(again) + repr(again.options))]), *place.secrets) == []
    if place.sent:
        assert leaks(_received(again, origin), *place.secrets)


def test_a_provider_is_pickled_by_reference(origin: Server) -> None:
    (place,) = (place for place in PLACES if place.name == "auth=callable")
    data = _pickled(place, origin, pickle_secrets=True)
    assert leaks(_received(pickle.loads(data), origin), *place.secrets)


def test_the_repr_of_a_copy_has_no_secret(origin: Server) -> None:
    (place,) = (place for place in PLACES if place.name == "headers= Authorization")
    with DaemonClient(origin.url, **place.options(origin.url)) as client:
        shown = repr(copy.copy(client)) + repr(copy.copy(client.options))
    assert leaks(Evidence([("copy", shown)]), *place.secrets) == []
