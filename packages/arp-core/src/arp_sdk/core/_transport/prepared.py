"""A request in the form of `requests`, which what users pass as `auth=` was written for."""

from __future__ import annotations

from typing import Any, cast

import requests
from requests.cookies import RequestsCookieJar

from arp_sdk.core._auth import Credentials
from arp_sdk.core._http.messages import HttpRequest
from arp_sdk.core._http.redaction import RedactedHeaders
from arp_sdk.errors import ArpConfigError


def prepare(request: HttpRequest) -> requests.PreparedRequest:
    """The request, made directly: its URL and headers are encoded already."""
    prepared = requests.PreparedRequest()
    prepared.method = request.method
    prepared.url = request.url
    # requests declares its own class, not what it needs of it.
    prepared.headers = cast(Any, RedactedHeaders(request.headers))
    prepared.body = request.body
    prepared._cookies = RequestsCookieJar()
    return prepared


def authenticated(
    prepared: requests.PreparedRequest, credentials: Credentials
) -> requests.PreparedRequest:
    """The request with the credentials.

    Raises:
        ArpConfigError: If an auth object of the user's fails.
    """
    try:
        return credentials.apply(prepared)
    except Exception as error:
        what = f"{credentials.described} raised {type(error).__name__}"
    # Not chained: what an auth object raises may hold the credentials.
    raise ArpConfigError(what)
