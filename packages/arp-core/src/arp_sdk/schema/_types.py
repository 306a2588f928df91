from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

AwareDatetime = Annotated[datetime, Meta(tz=True)]
"""A point in time with its offset (RFC 3339, 5.6). Without one it is read as UTC, and not sent."""


class Upload(msgspec.Struct):
    """A file in a form.

    Attributes:
        content: Its bytes.
        filename: The name of the file, for the service.
        content_type: Its media type.
    """

    content: bytes
    filename: str = "file"
    content_type: str = "application/octet-stream"

    def __repr__(self) -> str:
        return f"Upload(<{len(self.content)} bytes>, {self.filename!r}, {self.content_type!r})"


UNSET: Final = msgspec.UNSET
"""The value of an optional property that is absent, if the contract allows null for it too."""
