from __future__ import annotations


def without_secrets(url: str) -> str:
    """The URL as it may be shown: without user-info, query and fragment.

    It need not be a valid one: whatever stands before the last `@` may be a password.
    """
    scheme, separator, rest = url.partition("://")
    if "@" in url:
        if not separator or not scheme.isalnum():
            return "<unreadable URL>"
        rest = rest.rpartition("@")[2]
    if not separator:
        scheme, rest = "", url
    for mark in "?#":
        head, found, _ = rest.partition(mark)
        rest = f"{head}?..." if found and mark == "?" else head
    return f"{scheme}{separator}{rest}"
