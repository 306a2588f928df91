"""Content codings that this installation can decode."""

from __future__ import annotations

from functools import cache


@cache
def accepted() -> str:
    """Return the Accept-Encoding of requests."""
    # Compression.zstd comes with Python 3.14; br needs a package, and its decoders differ too much.
    return "gzip, deflate" + ", zstd" * ("zstd" in _known())


def can_decode(encoding: str) -> bool:
    """Return whether every coding of a Content-Encoding header can be decoded."""
    return all(coding.strip().lower() in _known() for coding in encoding.split(","))


@cache
def _known() -> frozenset[str]:
    # It takes long to import.
    from urllib3 import HTTPResponse

    return frozenset({*HTTPResponse.CONTENT_DECODERS, "identity", ""})
