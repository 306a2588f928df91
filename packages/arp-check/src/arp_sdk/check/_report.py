"""Findings, and the report that holds them."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ._exchange import Exchange


class Severity(enum.Enum):
    """Severity of a finding.

    Attributes:
        ERROR: A client that relies on the contract gets something else.
        WARNING: The contract permits it, but clients may not expect it.
    """

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """A violation of the contract.

    Attributes:
        check: Name of the check, such as `runs.life-cycle`.
        severity: Its severity.
        operation: The operation in question.
        message: The violation, in one sentence.
        rule: The sentence of the contract that is violated, or the place of the schema.
        exchange: The request and the response that show it.
    """

    check: str
    severity: Severity
    operation: str
    message: str
    rule: str
    exchange: Exchange

    @property
    def key(self) -> str:
        """A name that stays the same in the next run, for a baseline."""
        return f"{self.operation}: {self.rule}"

    def __str__(self) -> str:
        return f"{self.severity.value}: {self.operation}: {self.message} [{self.check}]"


@dataclass(frozen=True)
class Report:
    """The result of a check.

    Attributes:
        service: The service that was found, such as `daemon` or `run-gateway`.
        base_url: URL of the service.
        checks: Names of the checks that ran.
        findings: The findings, without those of the baseline.
        known: The findings that the baseline lists.
        skipped: Checks that do not apply, with the reason of each.
    """

    service: str
    base_url: str
    checks: Sequence[str]
    findings: Sequence[Finding]
    known: Sequence[Finding] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)

    @property
    def worst(self) -> Severity | None:
        """The highest severity, or None if there are no findings."""
        found = {finding.severity for finding in self.findings}
        return next((severity for severity in Severity if severity in found), None)

    def without(self, baseline: Iterable[str]) -> Report:
        """Return the report with the findings of a baseline moved to `known`."""
        keys = set(baseline)
        return replace(
            self,
            findings=[each for each in self.findings if each.key not in keys],
            known=[*self.known, *(each for each in self.findings if each.key in keys)],
        )
