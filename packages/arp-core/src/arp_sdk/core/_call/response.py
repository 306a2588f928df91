"""The value that a response holds, or the error that it means."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from arp_sdk.core._contract.operation import Content
from arp_sdk.core._http.headers import request_id
from arp_sdk.core._http.messages import RawResponse
from arp_sdk.core._http.redaction import without_secrets
from arp_sdk.errors import ArpDecodeError, ArpResponseTooLargeError
from arp_sdk.schema import decode_received
from arp_sdk.schema._decode import type_name

from .body import is_json
from .effects import CallResult, Compute, Steps
from .error_body import excerpt, is_html, visible_text
from .errors import LARGER, api_error, request_info
from .weight import LARGE_BODY, is_too_heavy

T = TypeVar("T")

_CHARSET = re.compile(r"""charset=["']?([^;"'\s]+)""", re.IGNORECASE)


def read_response(result: CallResult) -> Any:
    """Return the value of a success response, as the type that the operation declares.

    Raises:
        ArpApiError: If the response is not a success.
        ArpDecodeError: If its body does not fit the contract.
        ArpResponseTooLargeError: If decoding it would take more memory or time than the limit on
            responses implies.
    """
    call, request, response = result.call, result.request, result.response
    status = response.status_code
    if not 200 <= status < 300:
        raise api_error(call, request, response)
    type_ = call.operation.response_type(status)
    if isinstance(type_, Content):
        if type_.type is bytes:
            return response.body
        if not is_json(type_.media_types[0]):
            return _text(result)
        type_ = type_.type
    # A page of HTML comes from a proxy or a portal: the service was not even asked.
    if type_ is None and not is_html(response.body, response.headers.get("Content-Type", "")):
        return None
    limit = call.options.max_response_bytes
    if len(response.body) > LARGE_BODY and is_too_heavy(response.body, limit):
        raise ArpResponseTooLargeError(
            f"the response has more values than max_response_bytes ({limit}) allows for",
            subject="response",
            status_code=status,
            request=request_info(call, request, response),
            hint=LARGER,
        )
    reason, path = "", "$"
    try:
        return decode_received(response.body, type_)
    except ArpDecodeError as error:
        reason, path = _decode_reason(error, type_), error.path
    hint = "Check that base_url is the right service's, and its version; `raw` has the body."
    if not response.body:
        reason = "the response has no body"
    elif is_html(response.body, response.headers.get("Content-Type", "")):
        reason = f"the response is HTML, not JSON: {excerpt(visible_text(response.body))}"
        hint = "Check base_url, and if a proxy or a sign-in page is between you and the service."
    raise ArpDecodeError(
        reason,
        subject=call.operation.name if type_ is None else type_name(type_),
        path=path,
        status_code=status,
        raw=response.body,
        request=request_info(call, request, response),
        hint=hint,
    )


def value_steps(steps: Steps[CallResult], read: Callable[[CallResult], T]) -> Steps[T]:
    """Return the steps of a call with its value; a large response is read as an effect."""
    result = yield from steps
    if len(result.response.body) <= LARGE_BODY:
        return read(result)
    value: T = yield Compute(lambda: read(result))
    return value


def _text(result: CallResult) -> str:
    """Return a body of text, in the character set that its Content-Type names."""
    call, request, response = result.call, result.request, result.response
    charset = _CHARSET.search(response.headers.get("Content-Type", ""))
    reason = ""
    try:
        return response.body.decode(charset[1] if charset else "utf-8")
    except (LookupError, UnicodeDecodeError) as error:
        reason = f"the text cannot be read: {error}"
    raise ArpDecodeError(
        reason,
        subject=call.operation.name,
        path="$",
        status_code=response.status_code,
        raw=response.body,
        request=request_info(call, request, response),
    )


def read_raw_response(result: CallResult) -> RawResponse[Any]:
    """Return a response as it came, with its parsed value."""
    response = result.response
    return RawResponse(
        status_code=response.status_code,
        headers=response.headers,
        content=response.body,
        parsed=read_response(result),
        method=result.request.method,
        url=without_secrets(result.request.url),
        elapsed=response.elapsed,
        attempts=result.call.attempts,
        request_id=request_id(response.headers),
        elapsed_total=result.call.clock() - result.call.started,
    )


def _decode_reason(error: ArpDecodeError, type_: Any) -> str:
    reason = error.message.removeprefix(f"{type_name(type_)}: ")
    return reason.removesuffix(f" at {error.path}")
