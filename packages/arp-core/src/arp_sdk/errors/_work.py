"""Errors of work that goes on after a request: runs, instances, tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._base import ArpError, ArpTimeoutError

if TYPE_CHECKING:
    from arp_sdk.models import RunResult, RunStatus, ToolInvocationResult


class ArpWaitTimeoutError(ArpTimeoutError):
    """What was waited for did not happen in time. It was left alone, unless `canceled`.

    Attributes:
        last: The last answer that was seen, such as a `RunStatus`, or None.
        canceled: Whether a service accepted the request to cancel it.
    """

    last: Any
    canceled: bool

    def __init__(self, message: str, *, last: Any = None) -> None:
        super().__init__(message)
        self.last = last
        self.canceled = False


class ArpRunFailed(ArpError):  # noqa: N818  # named after what happened, as users say it
    """A run ended without reaching its goal.

    Attributes:
        status: The run's last status.
        result: The run's result, whose `error` says what went wrong; None where the service
            keeps none.
    """

    status: RunStatus
    result: RunResult | None

    def __init__(self, message: str, *, status: RunStatus, result: RunResult | None) -> None:
        super().__init__(message)
        self.status = status
        self.result = result


class ArpNotReadyError(ArpError):
    """An instance stopped, failed or vanished while it was waited for.

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
        result: The invocation's answer, whose `error` says what went wrong.
        code: The error's code, or `unknown`.
        retryable: Whether the service says that the same invocation may succeed later, or None
            where it does not say.
    """

    result: ToolInvocationResult
    code: str
    retryable: bool | None

    def __init__(
        self,
        message: str,
        *,
        result: ToolInvocationResult,
        code: str = "unknown",
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.result = result
        self.code = code
        self.retryable = retryable
