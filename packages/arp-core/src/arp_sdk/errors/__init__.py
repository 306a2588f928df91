"""Every error that the SDK raises on purpose.

::

    ArpError
    |-- ArpConfigError        a client was built or configured wrongly
    |-- ArpValidationError    bad input, rejected before a byte was sent
    |-- ArpTransportError     there is no response
    |   |-- ArpConnectionError    the service cannot be reached, or the connection broke
    |   `-- ArpTimeoutError       the response did not arrive in time
    |       `-- ArpWaitTimeoutError  a run or an instance took longer than the caller waits
    |-- ArpDecodeError        a response that does not fit the contract
    |   `-- ArpResponseTooLargeError
    |-- ArpRedirectError      a redirect that was not followed
    |-- ArpApiError           the service responded with an error
    |-- ArpRunFailed          a run ended without reaching its goal
    |-- ArpNotReadyError      an instance will not become ready
    `-- ArpToolError          a tool was invoked and failed

Catch `ArpError` for all of them. Each can be pickled, and none contains a secret.
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
    ArpTransportError,
    ArpValidationError,
    RequestInfo,
)
from ._work import ArpNotReadyError, ArpRunFailed, ArpToolError, ArpWaitTimeoutError

__all__ = [
    "ArpApiError",
    "ArpConfigError",
    "ArpConnectionError",
    "ArpDecodeError",
    "ArpError",
    "ArpNotReadyError",
    "ArpRedirectError",
    "ArpResponseTooLargeError",
    "ArpRunFailed",
    "ArpTimeoutError",
    "ArpToolError",
    "ArpTransportError",
    "ArpValidationError",
    "ArpWaitTimeoutError",
    "RequestInfo",
]
