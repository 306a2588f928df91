from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

AwareDatetime = Annotated[datetime, Meta(tz=True)]
"""A point in time with its offset (RFC 3339, 5.6). Without one it is read as UTC, and not sent."""

UNSET: Final = msgspec.UNSET
"""The value of an optional property that is absent, if the contract allows null for it too."""
