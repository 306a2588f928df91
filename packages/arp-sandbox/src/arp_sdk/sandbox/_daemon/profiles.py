"""The runtime profiles of the daemon."""

from __future__ import annotations

from typing import Annotated

import msgspec

from arp_sdk.models import RuntimeProfile, RuntimeProfileUpsertRequest
from arp_sdk.sandbox._http.loopback import check_loopback
from arp_sdk.sandbox._http.service_error import not_found, unprocessable
from arp_sdk.sandbox._state.state_file import Store

EXTENSION = "arp.sandbox"
DEFAULT = "default"
_KIND = "profile"


class Behavior(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How instances of a profile behave: what its extension `arp.sandbox` says.

    Attributes:
        capacity: How many runs an instance executes at once; then it is busy. None is no bound.
        start_seconds: How long an instance is starting.
        stop_seconds: How long an instance is stopping.
        start_error: Why an instance fails to start, or None where it does not.
    """

    capacity: Annotated[int, msgspec.Meta(ge=1)] | None = None
    start_seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.0
    stop_seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.0
    start_error: str | None = None


class Profiles:
    """The profiles by name.

    Args:
        store: Where they are kept.
        is_new: Whether the daemon has never run before.
    """

    def __init__(self, store: Store, is_new: bool) -> None:
        self._store = store
        self._profiles = dict(store.read(_KIND, RuntimeProfile))
        if is_new:
            request = RuntimeProfileUpsertRequest(description="A runtime of the sandbox.")
            self.write(DEFAULT, request)

    def all(self) -> list[RuntimeProfile]:
        """The profiles, oldest first."""
        return list(self._profiles.values())

    def get(self, name: str) -> RuntimeProfile:
        """A profile.

        Raises:
            ServiceError: If it is unknown.
        """
        profile = self._profiles.get(name)
        if profile is None:
            raise not_found(f"Unknown runtime_profile: {name}")
        return profile

    def write(self, name: str, request: RuntimeProfileUpsertRequest) -> RuntimeProfile:
        """Create or replace a profile.

        Raises:
            ServiceError: If the request says nothing, or nonsense.
        """
        content = request.to_dict()
        if not content:
            raise unprocessable("A profile needs at least one property, such as a description.")
        profile = RuntimeProfile.from_dict({**content, "runtime_profile": name})
        if profile.defaults is not None and profile.defaults.tool_registry_url is not None:
            check_loopback(profile.defaults.tool_registry_url)
        behavior_of(profile)
        self._store.put(_KIND, name, profile.to_json().encode())
        self._profiles[name] = profile
        return profile

    def delete(self, name: str) -> None:
        """Forget a profile, if there is one of that name."""
        self._store.delete(_KIND, name)
        self._profiles.pop(name, None)


def behavior_of(profile: RuntimeProfile) -> Behavior:
    """How instances of a profile behave.

    Raises:
        ServiceError: If its extension says nonsense.
    """
    try:
        return msgspec.convert((profile.extensions or {}).get(EXTENSION, {}), Behavior)
    except msgspec.ValidationError as error:
        raise unprocessable(f"The extension {EXTENSION} is invalid: {error}") from None
