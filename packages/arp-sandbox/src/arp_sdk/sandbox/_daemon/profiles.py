"""The runtime profiles of the daemon."""

from __future__ import annotations

from typing import Annotated

import msgspec

from arp_sdk.models import RuntimeProfile, RuntimeProfileUpsertRequest
from arp_sdk.sandbox._http.local_hosts import check_local_url
from arp_sdk.sandbox._state.state_file import Store
from arp_sdk.server import not_found, unprocessable

EXTENSION = "arp.sandbox"
DEFAULT = "default"
_KIND = "profile"


class InstanceSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The settings for instances of a profile, from its extension `arp.sandbox`.

    Attributes:
        capacity: Number of runs at once, with which an instance is busy; None means unlimited.
        start_seconds, stop_seconds: Seconds that an instance is starting, or stopping.
        start_error: Reason why an instance fails to start, or None.
    """

    capacity: Annotated[int, msgspec.Meta(ge=1)] | None = None
    start_seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.0
    stop_seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.0
    start_error: str | None = None


class Profiles:
    """The profiles by name."""

    def __init__(self, store: Store, is_new: bool) -> None:
        self._store = store
        self._profiles = dict(store.all(_KIND, RuntimeProfile))
        if is_new:
            request = RuntimeProfileUpsertRequest(description="A runtime of the sandbox.")
            self.write(DEFAULT, request)

    def all(self) -> list[RuntimeProfile]:
        """Return the profiles, oldest first."""
        return list(self._profiles.values())

    def get(self, name: str) -> RuntimeProfile:
        """Return a profile."""
        profile = self._profiles.get(name)
        if profile is None:
            raise not_found(f"Unknown runtime_profile: {name}")
        return profile

    def write(self, name: str, request: RuntimeProfileUpsertRequest) -> RuntimeProfile:
        """Create or replace a profile."""
        content = request.to_dict()
        if not content:
            raise unprocessable("A profile needs at least one property, such as a description.")
        profile = RuntimeProfile.from_dict({**content, "runtime_profile": name})
        if profile.defaults is not None and profile.defaults.tool_registry_url is not None:
            check_local_url(profile.defaults.tool_registry_url)
        settings_of(profile)
        self._store.put(_KIND, name, profile.to_json().encode())
        self._profiles[name] = profile
        return profile

    def delete(self, name: str) -> None:
        """Delete a profile, if it exists."""
        self._store.delete(_KIND, name)
        self._profiles.pop(name, None)


def settings_of(profile: RuntimeProfile) -> InstanceSettings:
    """Return the settings for instances of a profile."""
    try:
        return msgspec.convert((profile.extensions or {}).get(EXTENSION, {}), InstanceSettings)
    except msgspec.ValidationError as error:
        raise unprocessable(f"The extension {EXTENSION} is invalid: {error}") from None
