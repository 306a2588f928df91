"""A request in the form of `requests`, which auth objects of users are written for."""

from __future__ import annotations

from typing import Any, cast

import requests
from requests.cookies import RequestsCookieJar

from arp_sdk.core._auth import Credentials
from arp_sdk.core._http.messages import HttpRequest
from arp_sdk.core._http.redaction import RedactedHeaders
from arp_sdk.errors import ArpConfigError


def prepare(request: HttpRequest) -> requests.PreparedRequest:
    """Return the request, made directly: its URL and headers are encoded already."""
    prepared = requests.PreparedRequest()
    prepared.method = request.method
    prepared.url = request.url
    # requests declares its own class, although any mapping will do.
    prepared.headers = cast(Any, RedactedHeaders(request.headers))
    prepared.body = request.body
    prepared._cookies = RequestsCookieJar()
    return prepared


def authenticated(
    prepared: requests.PreparedRequest, credentials: Credentials
) -> requests.PreparedRequest:
    """Return the request with the credentials."""
    try:
        return credentials.apply(prepared)
    except Exception as error:
        what = f"{credentials.description} raised {type(error).__name__}"
    # Not chained: the error of an auth object may hold the credentials.
    raise ArpConfigError(what)
