"""The means of a scenario: calls whose responses are checked, and expectations."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from ._contract import Contract, Operation, Runs
from ._exchange import Exchange, Sender
from ._report import Finding, Severity

T = TypeVar("T")
# Shorter tokens occur in texts by chance.
_SECRET = 8


class UnusableError(Exception):
    """The service did something that leaves nothing more to check in a scenario."""


@dataclass
class Probe:
    """Sends the requests of scenarios, and collects findings.

    Attributes:
        sender: Sends the requests.
        contract: The contract of the service.
        goal: The goal of the runs that are submitted.
        request: Values for the properties of requests, by name.
        patience: Seconds that a run or an instance may take.
        check: Name of the check that runs.
        findings: The findings so far.
        run_ids: Runs that were submitted so far.
        skipped: Checks that do not apply, with the reason of each.
    """

    sender: Sender
    contract: Contract
    goal: str
    request: Mapping[str, Any]
    patience: float
    check: str = ""
    findings: list[Finding] = field(default_factory=list)
    run_ids: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def runs(self) -> Runs:
        """The operations and states of the runs of a service that has runs."""
        if self.contract.runs is None:
            raise UnusableError
        return self.contract.runs

    def has(self, need: str) -> bool:
        """Return whether the service has an operation, or one for something about runs."""
        return self.contract.has(need)

    def new_id(self, kind: str) -> str:
        """Return an identifier that nobody else uses."""
        return f"arp-check-{kind}-{uuid.uuid4().hex[:12]}"

    def call(
        self,
        operation_id: str,
        *arguments: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
        raw: bytes | None = None,
    ) -> Exchange:
        """Call an operation, and check its response against the contract.

        Args:
            operation_id: The operation.
            arguments: The parameters of its path.
            query: Query parameters.
            body: The body, as JSON values.
            headers: Further headers.
            token: Another token than the right one, or an empty string for none.
            raw: The bytes to send as body, instead of `body`.
        """
        operation = self.contract.operations[operation_id]
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} if content else {}
        if operation.streams:
            sent["Accept"] = operation.media_type
        exchange = self.sender.send(
            operation.method,
            operation.at(*arguments),
            query=query,
            headers={**sent, **(headers or {})},
            body=content,
            token=token,
        )
        for message, rule in self.contract.violations(operation, exchange):
            self.report(operation, exchange, message, rule)
        if exchange.broken:
            message = "the connection ends within the response"
            self.report(operation, exchange, message, "RFC 9112, 8: the message is incomplete.")
        if exchange.status == 204 and exchange.content_type:
            message = f"a response without a body is called {exchange.content_type}"
            self.report(operation, exchange, message, "RFC 9110, 8.3", Severity.WARNING)
        self._look_for_secrets(operation, exchange)
        return exchange

    def value(self, operation_id: str, *arguments: str, **options: Any) -> tuple[Any, Exchange]:
        """Call an operation that has to succeed, and return its value.

        Raises:
            UnusableError: If it does not.
        """
        return self.succeeded(operation_id, self.call(operation_id, *arguments, **options))

    def succeeded(self, operation_id: str, exchange: Exchange) -> tuple[Any, Exchange]:
        """Return the value of a response that has to be a success.

        Raises:
            UnusableError: If it is not.
        """
        operation = self.contract.operations[operation_id]
        if not 200 <= exchange.status < 300:
            message = f"a valid request gets status {exchange.status}"
            self.report(operation, exchange, message, self._success(operation))
            raise UnusableError
        if operation.success != 204 and not operation.streams and exchange.json is None:
            raise UnusableError
        return exchange.json, exchange

    def expect(
        self,
        true: bool,
        operation_id: str,
        exchange: Exchange,
        message: str,
        rule: str,
        severity: Severity = Severity.ERROR,
    ) -> bool:
        """Report a finding unless something is true, and return whether it is."""
        if not true:
            self.report(self.contract.operations[operation_id], exchange, message, rule, severity)
        return true

    def expect_error(
        self,
        operation_id: str,
        exchange: Exchange,
        what: str,
        rule: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Report a finding unless the response is an error of the client.

        Args:
            operation_id: The operation.
            exchange: The request and its response.
            what: The reason why it has to be an error, such as `an unknown run`.
            rule: The sentence of the contract. If it names a status, that is the only right one.
            severity: Severity of the finding.
        """
        status = exchange.status
        operation = self.contract.operations[operation_id]
        if status == 0 or operation.is_missing(exchange):
            return
        if status >= 500:
            self.report(operation, exchange, f"{what} gets status {status}", rule, severity)
        elif status < 400:
            message = f"{what} is accepted with status {status}"
            self.report(operation, exchange, message, rule, severity)
        elif (named := re.search(r"status (\d{3})", rule)) and status != int(named[1]):
            message = f"{what} gets status {status}, not {named[1]}"
            self.report(operation, exchange, message, rule, severity)

    def skip(self, reason: str) -> NoReturn:
        """End a check that does not apply.

        Raises:
            UnusableError: Always.
        """
        self.skipped[self.check] = reason
        raise UnusableError

    def skip_if_missing(self, operation_id: str, exchange: Exchange) -> None:
        """End a check of an optional operation that the service does not have.

        Raises:
            UnusableError: If it does not.
        """
        if self.contract.operations[operation_id].is_missing(exchange):
            self.skip(f"{operation_id} is not implemented (status 501)")

    def report(
        self,
        operation: Operation,
        exchange: Exchange,
        message: str,
        rule: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Add a finding, once for each violation of a rule by an operation."""
        if (operation.id, rule) not in {(each.operation, each.rule) for each in self.findings}:
            finding = Finding(self.check, severity, operation.id, message, rule, exchange)
            self.findings.append(finding)

    def wait(
        self,
        look: Callable[[], T],
        done: Callable[[T], bool],
        *,
        patience: float = 1,
        interval: float = 0.02,
    ) -> tuple[T, bool]:
        """Look until something is done or a part of the patience is over; return the last look."""
        until = time.monotonic() + self.patience * patience
        while True:
            seen = look()
            if done(seen):
                return seen, True
            if time.monotonic() > until:
                return seen, False
            time.sleep(interval)
            interval = min(interval * 1.5, 1.0)

    def sentence(self, operation_id: str, *words: str) -> str:
        """Return the first sentence about an operation with one of some words.

        Args:
            operation_id: The operation.
            words: The words, the most telling ones first.
        """
        sentences = self.contract.operations[operation_id].sentences
        return next(each for word in words for each in sentences if word in each)

    def _success(self, operation: Operation) -> str:
        response = operation.definition["responses"][str(operation.success)]
        return f"Status {operation.success}: {response['description']}"

    def _look_for_secrets(self, operation: Operation, exchange: Exchange) -> None:
        token = self.sender.token
        if not token or len(token) < _SECRET:
            return
        headers = "\n".join(exchange.headers.values())
        if token.encode() in exchange.body or token in headers:
            message = "the response contains the token of the request"
            self.report(operation, exchange, message, "Credentials are never returned.")
