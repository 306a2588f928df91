"""Errors of work that goes on after a request: runs, instances, tools.

Their attributes hold models of the contract that the client was generated from. They are typed
`Any`, since these errors serve every contract.
"""

from __future__ import annotations

from typing import Any

from ._base import ArpError, ArpTimeoutError


class ArpWaitTimeoutError(ArpTimeoutError):
    """A run or an instance took longer than the caller waits. It goes on, unless `canceled`.

    Attributes:
        last: The last state that was seen, such as a `RunStatus`, or None.
        canceled: Whether a service accepted the request to cancel it.
        cancel_error: The reason why the request to cancel it failed, or None if it did not fail
            or was not made.
    """

    last: Any
    canceled: bool
    cancel_error: str | None

    def __init__(self, message: str, *, last: Any = None) -> None:
        super().__init__(message)
        self.last = last
        self.canceled = False
        self.cancel_error = None


class ArpRunFailed(ArpError):  # noqa: N818  # named after what happened, as users say it
    """A run ended without reaching its goal.

    Attributes:
        status: The run's last status: the contract's `RunStatus`.
        result: The run's result, whose `error` says what went wrong: the contract's
            `RunResult`, or None if the service keeps none.
    """

    status: Any
    result: Any

    def __init__(self, message: str, *, status: Any, result: Any) -> None:
        super().__init__(message)
        self.status = status
        self.result = result


class ArpNotReadyError(ArpError):
    """An instance stopped, failed or vanished before it was ready.

    Attributes:
        last: The instance as it was last seen, or None if it is gone.
    """

    last: Any

    def __init__(self, message: str, *, last: Any = None) -> None:
        super().__init__(message)
        self.last = last


class ArpToolError(ArpError):
    """A tool was invoked and failed.

    Attributes:
        result: The result of the invocation, whose `error` says what went wrong: the contract's
            `ToolInvocationResult`.
        code: The error's code, or `unknown`.
        retryable: Whether the service says that the same invocation may succeed later, or None
            if it does not say.
    """

    result: Any
    code: str
    retryable: bool | None

    def __init__(
        self,
        message: str,
        *,
        result: Any,
        code: str = "unknown",
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.result = result
        self.code = code
        self.retryable = retryable
