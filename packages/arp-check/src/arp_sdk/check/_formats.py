"""Reports as text, JSON, JUnit XML and SARIF."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from ._report import Finding, Report, Severity
from ._version import __version__


def text(report: Report) -> str:
    """Return a report for people: each finding with its rule, and how to see it again."""
    lines = [f"{report.service} at {report.base_url}: {len(report.checks)} checks"]
    for finding in report.findings:
        lines += [
            "",
            str(finding),
            f"  rule:     {finding.rule}",
            f"  repeat:   {finding.exchange.curl}",
            *_indented("response: ", finding.exchange.shown),
        ]
    lines += [f"\nskipped: {check}: {reason}" for check, reason in report.skipped.items()]
    errors = sum(finding.severity is Severity.ERROR for finding in report.findings)
    warnings = len(report.findings) - errors
    known = f", {len(report.known)} known" if report.known else ""
    lines += ["", f"{errors} errors, {warnings} warnings{known}"]
    return "\n".join(lines)


def _indented(label: str, shown: str) -> list[str]:
    first, *rest = shown.splitlines() or [""]
    return [f"  {label}{first}", *(f"            {line}" for line in rest[:12])]


def as_json(report: Report) -> str:
    """Return a report for programs."""
    return json.dumps(
        {
            "service": report.service,
            "base_url": report.base_url,
            "checks": list(report.checks),
            "findings": [_members(finding) for finding in report.findings],
            "skipped": dict(report.skipped),
            "known": [finding.key for finding in report.known],
        },
        indent=2,
    )


def _members(finding: Finding) -> dict[str, Any]:
    exchange = finding.exchange
    return {
        "key": finding.key,
        "check": finding.check,
        "severity": finding.severity.value,
        "operation": finding.operation,
        "message": finding.message,
        "rule": finding.rule,
        "curl": exchange.curl,
        "status": exchange.status,
        "response": exchange.body.decode("utf-8", "replace"),
    }


def junit(report: Report) -> str:
    """Return a report for CI systems: one test case for each check."""
    suite = ElementTree.Element(
        "testsuite",
        name=f"arp-check {report.service}",
        tests=str(len(report.checks)),
        failures=str(len({finding.check for finding in report.findings})),
        skipped=str(len(report.skipped)),
    )
    for check in report.checks:
        case = ElementTree.SubElement(suite, "testcase", classname=report.service, name=check)
        found = [finding for finding in report.findings if finding.check == check]
        if found:
            failure = ElementTree.SubElement(case, "failure", message=_printable(str(found[0])))
            failure.text = _printable(
                "\n\n".join(f"{each}\n{each.rule}\n{each.exchange.curl}" for each in found)
            )
        if check in report.skipped:
            ElementTree.SubElement(case, "skipped", message=_printable(report.skipped[check]))
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _printable(value: str) -> str:
    """Escape the characters that XML cannot hold."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in value)


def sarif(report: Report) -> str:
    """Return a report in the Static Analysis Results Interchange Format 2.1.0."""
    rules = sorted({finding.check for finding in report.findings})
    results = [
        {
            "ruleId": finding.check,
            "level": finding.severity.value,
            "message": {"text": f"{finding.message}. {finding.rule}"},
            "partialFingerprints": {"arpCheck/v1": finding.key},
            "locations": [
                {
                    "physicalLocation": {"artifactLocation": {"uri": finding.exchange.url}},
                    "logicalLocations": [{"name": finding.operation, "kind": "function"}],
                }
            ],
            "properties": {"curl": finding.exchange.curl, "status": finding.exchange.status},
        }
        for finding in report.findings
    ]
    driver = {
        "name": "arp-check",
        "version": __version__,
        "rules": [{"id": rule} for rule in rules],
    }
    return json.dumps(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "results": results}],
        },
        indent=2,
    )


FORMATS: dict[str, Callable[[Report], str]] = {
    "text": text,
    "json": as_json,
    "junit": junit,
    "sarif": sarif,
}
