"""Content codings that this installation can decode."""

from __future__ import annotations

from urllib3 import HTTPResponse

# Compression.zstd comes with Python 3.14; br needs a package, and its decoders differ too much.
ACCEPTED = "gzip, deflate" + ", zstd" * ("zstd" in HTTPResponse.CONTENT_DECODERS)
_KNOWN = {*HTTPResponse.CONTENT_DECODERS, "identity", ""}


def can_decode(encoding: str) -> bool:
    """Return whether every coding of a Content-Encoding header can be decoded."""
    return all(coding.strip().lower() in _KNOWN for coding in encoding.split(","))
