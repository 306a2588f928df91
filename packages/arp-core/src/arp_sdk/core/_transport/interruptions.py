"""Errors that pass through the transport without being its own."""

from __future__ import annotations

from collections.abc import Sequence


def from_signal_handler(causes: Sequence[BaseException]) -> BaseException | None:
    """Return the one of an error's causes that a signal handler raised, or None.

    A handler runs between two instructions of any function, and may raise what a socket raises,
    such as TimeoutError. Only the traceback tells them apart: a handler is called with the frame
    that it interrupts.
    """
    # urllib3 hands the traceback of an error on to the one that it wraps it in.
    for cause in reversed(causes):
        step = cause.__traceback__
        while step is not None and step.tb_next is not None:
            interrupted, called = step.tb_frame, step.tb_next.tb_frame
            for value in list(called.f_locals.values()):
                if value is interrupted or (
                    isinstance(value, tuple) and any(item is interrupted for item in value)
                ):
                    return cause
            step = step.tb_next
    return None


def passed_through(causes: Sequence[BaseException], packages: tuple[str, ...], name: str) -> bool:
    """Return whether a function of these packages that is called `name` let an error pass."""
    for cause in causes:
        step = cause.__traceback__
        while step is not None:
            frame = step.tb_frame
            if frame.f_code.co_name == name and _module(frame.f_globals).startswith(packages):
                return True
            step = step.tb_next
    return False


def raised_in(error: BaseException) -> tuple[str, str]:
    """Return the names of the module and the function that raised an error."""
    step = error.__traceback__
    if step is None:
        return "", ""
    while step.tb_next is not None:
        step = step.tb_next
    return _module(step.tb_frame.f_globals), step.tb_frame.f_code.co_name


def _module(names: dict[str, object]) -> str:
    return str(names.get("__name__", ""))
