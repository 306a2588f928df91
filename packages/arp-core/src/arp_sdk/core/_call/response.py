"""From an answer to a value of the contract, or to the error that it means. No I/O."""

from __future__ import annotations

from typing import Any, TypeVar

from arp_sdk.core._call.errors import _excerpt, _is_html, _visible_text, api_error, info
from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._http.messages import HttpRequest, HttpResponse
from arp_sdk.errors import ArpDecodeError
from arp_sdk.schema import decode_json
from arp_sdk.schema._decode import type_name

T = TypeVar("T")


def read_response(
    operation: Operation[T],
    request: HttpRequest,
    response: HttpResponse,
    attempts: int = 1,
    effect_id: str | None = None,
) -> T:
    """Read a success answer as the operation's type.

    Raises:
        ArpApiError: If the answer is not a success.
        ArpDecodeError: If its body does not fit the contract.
    """
    status = response.status_code
    if not 200 <= status < 300:
        raise api_error(request, response, attempts, effect_id)
    type_ = operation.response_type(status)
    # A page of HTML comes from a proxy or a portal: the service was not even asked.
    if type_ is None and not _is_html(response):
        return None  # type: ignore[return-value]  # T is None or Optional here
    reason, path = "", "$"
    try:
        value: T = decode_json(response.body, type_)
        return value
    except ArpDecodeError as error:
        reason, path = _decode_reason(error, type_), error.path
    if not response.body:
        reason = "the answer has no body"
    elif _is_html(response):
        reason = f"the answer is HTML, not JSON: {_excerpt(_visible_text(response.body))}"
    raise ArpDecodeError(
        reason,
        subject=operation.name if type_ is None else type_name(type_),
        path=path,
        status_code=status,
        raw=response.body,
        request=info(request, attempts, effect_id),
    )


def _decode_reason(error: ArpDecodeError, type_: Any) -> str:
    reason = error.message.removeprefix(f"{type_name(type_)}: ")
    return reason.removesuffix(f" at {error.path}")
