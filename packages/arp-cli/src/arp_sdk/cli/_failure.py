"""Errors as two lines: what happened, and what to do. Their exit codes."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple

import click


class ExitCode(IntEnum):
    """The exit codes of `arp`."""

    SUCCESS = 0
    FAILED = 1
    USAGE = 2
    REJECTED = 3
    UNREACHABLE = 4
    TIMEOUT = 5
    INTERRUPTED = 130
    CLOSED_PIPE = 141


class Problem(click.ClickException):
    """An error of the command line itself."""

    def __init__(self, message: str, hint: str, code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code


class Failure(NamedTuple):
    """An error as it is reported."""

    code: ExitCode
    what: str
    hint: str
    url: str = ""


def explain(error: Exception) -> Failure | None:
    """Return the report of an error, or None for a fault of this program."""
    if isinstance(error, Problem):
        return Failure(error.code, error.message, error.hint)
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "arp"
        return Failure(ExitCode.USAGE, error.format_message(), f"{command} --help")
    if isinstance(error, click.ClickException):
        return Failure(ExitCode.USAGE, error.format_message(), "arp --help")
    if isinstance(error, OSError) and error.filename is not None:
        what = f"{error.filename}: {error.strerror}"
        return Failure(ExitCode.USAGE, what, "Choose another file, or change its permissions.")
    from arp_sdk.errors import ArpError

    return _of_the_sdk(error) if isinstance(error, ArpError) else None


def _of_the_sdk(error: Exception) -> Failure | None:
    from arp_sdk import errors

    hint, code = "", ExitCode.REJECTED
    if isinstance(error, (errors.ArpConfigError, errors.ArpValidationError)):
        code, hint = ExitCode.USAGE, "Nothing was sent. Correct the arguments; --help lists them."
    elif isinstance(error, errors.ArpWaitTimeoutError):
        work = getattr(error.last, "run_id", None)
        code, hint = ExitCode.TIMEOUT, _after_a_timeout(work, error.canceled, error.cancel_error)
    elif isinstance(error, errors.ArpTimeoutError):
        code, hint = ExitCode.TIMEOUT, "Try again later, or ask the operator of the service."
    elif isinstance(error, errors.ArpTransportError):
        code = ExitCode.UNREACHABLE
        hint = "Check the address (arp context show), or start services here: arp dev"
    elif isinstance(error, errors.ArpApiError):
        hint = _after_an_error(error.status_code)
    elif isinstance(error, errors.ArpRunFailed):
        run = getattr(error.status, "run_id", "RUN")
        code, hint = ExitCode.FAILED, f"See what it did: arp trace {run}"
    elif isinstance(error, errors.ArpToolError):
        code, hint = ExitCode.FAILED, "See its arguments: arp tools show TOOL"
    elif isinstance(error, errors.ArpNotReadyError):
        code, hint = ExitCode.FAILED, "See the instances: arp instances"
    elif isinstance(error, (errors.ArpDecodeError, errors.ArpRedirectError)):
        hint = "Check that the address is that of an ARP service: arp context show"
    elif not isinstance(error, errors.ArpError):
        return None
    # Sentences about arguments of Python are of no use here.
    sentences = [
        each
        for note in getattr(error, "__notes__", ())
        if not note.startswith("Request id")
        for each in re.split(r"(?<=\.) ", note)
        if "base_url" not in each and "=" not in each
    ]
    if sentences and not isinstance(error, errors.ArpApiError):
        note = " ".join(sentences)
        uncertain = note.startswith("The request may")
        if not uncertain:
            hint = note
        elif error.method != "GET":
            hint = f"{note} {hint}"
    # Without an address of the site, a path in it helps nobody here.
    url = error.doc_url if "://" in error.doc_url else ""
    return Failure(code, str(error), hint, url)


def _after_a_timeout(run: str | None, canceled: bool, reason: str | None) -> str:
    if canceled:
        return "The service accepted the request to cancel it."
    kept = f"It was not canceled: {reason}." if reason else "It continues."
    return f"{kept} Wait with arp watch {run}, or end it with arp cancel {run}" if run else kept


def _after_an_error(status: int) -> str:
    if status == 401:
        return "Set a token: ARP_TOKEN, or arp context add NAME --token-command COMMAND"
    if status == 403:
        return "The token does not permit this: use another one."
    if status == 404:
        where = "in ARP 0.1, arp runs, arp tools and arp instances list them"
        return f"Check the name or identifier ({where})."
    if status == 409:
        return "Its state does not permit this: look at it first."
    if status in (408, 429, 502, 503, 504):
        return "Try again later."
    if status >= 500:
        return "Ask the operator of the service, whose log has the cause."
    return "Correct the request; --help lists the arguments."
