"""The work and the memory that a large body takes once it is decoded, found out beforehand.

Three bytes of JSON may become 70 bytes of memory, and twenty million objects hold Python's lock for
seconds, in a thread or not. Bodies that are mostly text, as large ones are, pass quickly.
"""

from __future__ import annotations

from collections.abc import Iterator

# Bytes; a body above this takes milliseconds to decode.
LARGE_BODY = 256 * 1024

_PIECE = 256 * 1024
# Values that can be decoded in a tenth of a second, and twice as many bytes each at least.
_VALUES = 2**20
_BYTES_OF_A_VALUE = 64
# Lists and objects are work for the garbage collector, too.
_CONTAINER = 4
# Bytes that a value takes apart from its characters, at most, and a container in addition.
_VALUE_SIZE = 72
_CONTAINER_SIZE = 200
# Beside three times the limit.
_SPARE = 24 * 2**20

# Bytes of UTF-8: those after the first of a character, and those of characters up to U+FFFF.
_CONTINUATION = bytes(range(0x80, 0xC0))
_SHORT = bytes(range(0xF0))


def is_too_heavy(body: bytes, limit: int) -> bool:
    """Return True if decoding a large body would take too much time or memory.

    Args:
        body: JSON of more than `LARGE_BODY` bytes; less is never too heavy.
        limit: The client's `max_response_bytes`. What is not too heavy takes less than three times
            as much memory, the body included.
    """
    allowed, narrow = _Load(limit, len(body)), True
    for piece in _pieces(body, overlap=1):
        allowed.add(piece, len(piece))
        narrow = narrow and _is_narrow(piece)
    if not allowed.exceeded and narrow:
        return False
    # Text may contain any of the characters that were counted.
    allowed = _Load(limit, len(body))
    for json, size in _without_strings(body):
        allowed.add(json, size)
        if allowed.exceeded:
            return True
    return False


class _Load:
    """Values and bytes that decoding may still take, less those that are known so far."""

    def __init__(self, limit: int, length: int) -> None:
        self._values = max(_VALUES, limit // _BYTES_OF_A_VALUE)
        self._bytes = 3 * limit + _SPARE - length

    def add(self, json: bytes, size: int) -> None:
        """Count the values in a part of JSON, and the size of its strings."""
        containers = json.count(b"{") + json.count(b"[")
        separators = json.count(b",") + json.count(b":")
        self._values -= _CONTAINER * containers + separators
        values = separators + containers
        self._bytes -= size + _VALUE_SIZE * values + _CONTAINER_SIZE * containers

    @property
    def exceeded(self) -> bool:
        """True if it takes more than it may."""
        return self._values < 0 or self._bytes < 0


def _pieces(body: bytes, overlap: int = 0) -> Iterator[bytes]:
    # Other threads, such as an event loop's, get their turn between them.
    for start in range(0, len(body), _PIECE):
        yield body[start : start + _PIECE + overlap]


def _without_strings(body: bytes) -> Iterator[tuple[bytes, int]]:
    """Return JSON without its strings, and the size that these have in memory, piece by piece."""
    cut, within = b"", False
    # Of the string that a piece ends in.
    characters, width = 0, 1
    for piece in _pieces(body):
        plain, cut = cut + piece, b""
        if b"\\" in plain:
            plain = plain.replace(b"\\\\", b"..")
            if plain.endswith(b"\\"):
                plain, cut = plain[:-1], b"\\"
            plain = plain.replace(b'\\"', b"..")
        parts = plain.split(b'"')
        strings = parts[not within :: 2]
        size = 0
        if width == 1 and _is_narrow(plain):
            size = sum(map(len, strings))
            characters = len(parts[-1]) + (characters if len(parts) == 1 else 0)
        else:
            for index, string in enumerate(strings):
                if index > 0 or not within:
                    characters, width = 0, 1
                before = characters * width
                width = max(width, _width(string))
                escapes = string.count(b"\\u")
                characters += len(string.translate(None, _CONTINUATION)) - 5 * escapes
                size += characters * width - before
        yield b"".join(parts[within::2]), size
        if len(parts) % 2 == 0:
            within = not within
        if not within:
            characters, width = 0, 1


def _is_narrow(json: bytes) -> bool:
    """Return True if each character of its strings takes a byte."""
    return json.isascii() and b"\\u" not in json


def _width(string: bytes) -> int:
    """Return the bytes for each character of a string, and of the copies that become wider."""
    if b"\\ud" in string or b"\\uD" in string or string.translate(None, _SHORT):
        return 5
    return 1 if _is_narrow(string) else 3
