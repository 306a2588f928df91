"""The error of the release tools."""


class ReleaseError(Exception):
    """Something stands in the way of a release, or of a check; the message says what to do."""
