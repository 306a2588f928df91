"""Everything that the SDK raises on purpose.

::

    ArpError
    |-- ArpConfigError        a client was built or configured wrongly
    |-- ArpValidationError    bad input, refused before a byte was sent
    |-- ArpConnectionError    the service could not be reached, or hung up
    |-- ArpTimeoutError       the service did not answer in time
    |-- ArpDecodeError        an answer that does not fit the contract
    |   `-- ArpResponseTooLargeError
    |-- ArpRedirectError      a redirect that was not followed
    `-- ArpApiError           the service answered with an error

Catch `ArpError` for all of them. Each can be pickled, and none holds a secret.
"""

from ._api import ArpApiError
from ._base import (
    ArpConfigError,
    ArpConnectionError,
    ArpDecodeError,
    ArpError,
    ArpRedirectError,
    ArpResponseTooLargeError,
    ArpTimeoutError,
    ArpValidationError,
    RequestInfo,
)

__all__ = [
    "ArpApiError",
    "ArpConfigError",
    "ArpConnectionError",
    "ArpDecodeError",
    "ArpError",
    "ArpRedirectError",
    "ArpResponseTooLargeError",
    "ArpTimeoutError",
    "ArpValidationError",
    "RequestInfo",
]
