from __future__ import annotations

from collections.abc import Sequence


def preferred(accept: str | None, offered: Sequence[str]) -> str | None:
    """The media type that a client likes best (RFC 9110, 12.5.1), or None if it likes none.

    Args:
        accept: The `Accept` header, or None.
        offered: What there is, the default first.
    """
    if accept is None or not accept.strip():
        return offered[0]
    weights = [_weight(accept, media_type) for media_type in offered]
    best = max(weights)
    return offered[weights.index(best)] if best > 0 else None


def _weight(accept: str, media_type: str) -> float:
    """What the most specific range that covers the media type says of it."""
    ranges = ("*/*", f"{media_type.partition('/')[0]}/*", media_type)
    best = (-1, 0.0)
    for item in accept.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        if name in ranges:
            best = max(best, (ranges.index(name), _quality(parameters)))
    return best[1]


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
