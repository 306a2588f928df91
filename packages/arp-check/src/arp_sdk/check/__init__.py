"""Check that a service conforms to the Agent Runtime Protocol.

::

    from arp_sdk.check import check

    report = check("http://127.0.0.1:8000", token="...")
    for finding in report.findings:
        print(finding)
"""

from ._check import Settings, check
from ._exchange import Exchange
from ._report import Finding, Report, Severity
from ._version import __version__

__all__ = ["Exchange", "Finding", "Report", "Settings", "Severity", "__version__", "check"]
