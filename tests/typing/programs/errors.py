"""The attributes that a program reads from each error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import assert_type

from arp_sdk.daemon import DaemonClient
from arp_sdk.errors import (
    ArpApiError,
    ArpConfigError,
    ArpConnectionError,
    ArpDecodeError,
    ArpError,
    ArpRedirectError,
    ArpResponseTooLargeError,
    ArpTimeoutError,
    ArpValidationError,
)
from arp_sdk.models import RunStatus


def find(client: DaemonClient, run_id: str) -> RunStatus | None:
    try:
        return client.get_run_status(run_id)
    except ArpApiError as error:
        if error.status_code == 404:
            return None
        raise


def tell_apart(client: DaemonClient) -> str | bool | None:
    try:
        client.health()
    except ArpApiError as error:
        assert_type(error.code, str)
        assert_type(error.message, str)
        assert_type(error.status_code, int)
        assert_type(error.retryable, bool | None)
        assert_type(error.retry_after, float | None)
        assert_type(error.headers, Mapping[str, str])
        assert_type(error.raw, bytes)
        assert_type(error.cause, Mapping[str, Any] | None)
        return error.headers.get("X-Request-Id")
    except ArpResponseTooLargeError as error:
        return error.subject
    except ArpDecodeError as error:
        assert_type(error.status_code, int | None)
        assert_type(error.raw, bytes | None)
        return error.path
    except ArpValidationError as error:
        assert_type(error.subject, str)
        return error.path
    except (ArpConnectionError, ArpTimeoutError) as error:
        assert_type(error.sent, bool)
        return error.sent
    except ArpRedirectError as error:
        assert_type(error.status_code, int)
        return error.location
    except ArpConfigError as error:
        return str(error)
    except ArpError as error:
        assert_type(error.method, str | None)
        assert_type(error.url, str | None)
        assert_type(error.attempts, int)
        assert_type(error.effect_id, str | None)
        return error.message
    return None


def builtin_errors(client: DaemonClient) -> str:
    try:
        client.health()
    except TimeoutError as error:
        return f"slow: {error}"
    except ConnectionError as error:
        return f"gone: {error}"
    except ValueError as error:
        return f"wrong: {error}"
    return ""


def in_a_test() -> ArpError:
    return ArpApiError("not_found", "Unknown run_id: x", status_code=404, details={"run_id": "x"})
