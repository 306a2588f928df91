"""The places where a program keeps secrets, and where a service may send some."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import requests
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth, HTTPProxyAuth

from arp_sdk.core import ApiKey
from support.bridge import loop
from support.clients import Kind, kind
from support.server import closed_port

SECRET = "kZ7wQx9vMARKER+3sTu/Lp5rYg=="
USER_INFO = "kZ7wQx9vMARKER%2B3sTu%2FLp5rYg%3D%3D"


class Provider:
    """A token provider that can be pickled."""

    def __call__(self) -> str:
        return SECRET


class HeaderAuth(AuthBase):
    """Authentication that a user may have written for `requests`."""

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.headers["X-Signed"] = SECRET
        return prepared


def _session() -> requests.Session | aiohttp.ClientSession:
    if kind() == "asyncio":
        made: aiohttp.ClientSession = loop().call(_asynchronous_session)
        return made
    session = requests.Session()
    session.headers["Authorization"] = "Bearer " + SECRET
    session.cookies.set("sid", "kZ7wQx9vCOOKIE3sTuLp5rYg")
    session.proxies["https"] = f"http://user:{USER_INFO}@127.0.0.1:9"
    return session


def _asynchronous_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        headers={"Authorization": "Bearer " + SECRET},
        cookies={"sid": "kZ7wQx9vCOOKIE3sTuLp5rYg"},
        cookie_jar=aiohttp.CookieJar(unsafe=True),
    )


def close(session: requests.Session | aiohttp.ClientSession) -> None:
    """Close a session of either kind."""
    if isinstance(session, requests.Session):
        session.close()
    else:
        loop().run(session.close())


@dataclass(frozen=True)
class Place:
    """A place for a secret.

    Attributes:
        options: Makes the client's arguments, given the server's URL.
        environ: Makes environment variables, given the server's URL.
        response: Makes the headers of every response, given the server's URL.
        sent: True if the service receives the secret.
        kept: True if a pickle with secrets has it.
        proxied: True if requests do not go where the situation says.
        distinct: False if the short suite has a similar place.
        refused_by: The kind of client that refuses it.
    """

    name: str
    options: Callable[[str], dict[str, Any]] = lambda url: {}
    environ: Callable[[str], Mapping[str, str]] = lambda url: {}
    response: Callable[[str], Mapping[str, str]] = lambda url: {}
    sent: bool = True
    kept: bool = True
    proxied: bool = False
    distinct: bool = True
    refused_by: Kind | None = None
    secrets: tuple[str, ...] = field(default=(SECRET,))

    def __str__(self) -> str:
        return self.name


def _with_user(url: str) -> str:
    return url.replace("://", f"://user:{USER_INFO}@")


_HEADER_NAMES = (
    "Authorization", "authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "Api-Key",
    "apikey", "X-ApiKey", "X-Auth-Token", "X-Auth", "X-Access-Token", "X-CSRF-Token",
    "X-Amz-Security-Token", "X-Vault-Token", "X-Session-Id", "X-Client-Secret", "X-Password",
    "X-Hub-Signature-256", "Ocp-Apim-Subscription-Key", "X-Goog-Iap-Jwt-Assertion",
    "X-Credential", "X-Passphrase",
)  # fmt: skip

PLACES = (
    Place("auth=str", lambda url: {"auth": SECRET}),
    Place("auth=callable", lambda url: {"auth": Provider()}, kept=False),
    Place("auth=ApiKey", lambda url: {"auth": ApiKey(SECRET)}),
    Place("auth=ApiKey(header=)", lambda url: {"auth": ApiKey(SECRET, "X-Custom")}),
    Place("auth=(user, password)", lambda url: {"auth": ("user", SECRET)}),
    Place("auth=HTTPBasicAuth", lambda url: {"auth": HTTPBasicAuth("user", SECRET)}),
    Place("auth=HTTPProxyAuth", lambda url: {"auth": HTTPProxyAuth("user", SECRET)}),
    Place(
        "auth=HTTPDigestAuth",
        lambda url: {"auth": HTTPDigestAuth("user", SECRET)},
        sent=False,
        refused_by="asyncio",
    ),
    Place("auth=AuthBase", lambda url: {"auth": HeaderAuth()}, kept=False),
    *(
        Place(
            f"headers= {name}",
            lambda url, name=name: {"headers": {name: SECRET}},  # type: ignore[misc]
            distinct=name in ("Authorization", "Cookie"),
        )
        for name in _HEADER_NAMES
    ),
    Place("ARP_TOKEN", environ=lambda url: {"ARP_TOKEN": SECRET}),
    Place("proxies=", lambda url: {"proxies": {"http": _with_user(url)}}, proxied=True),
    Place(
        "proxies= that refuse",
        lambda url: {"proxies": {"all": _with_user(closed_port())}},
        sent=False,
        proxied=True,
    ),
    Place(
        "HTTP_PROXY",
        environ=lambda url: {"HTTP_PROXY": _with_user(url)},
        kept=False,
        proxied=True,
    ),
    Place(
        "session=",
        lambda url: {"session": _session()},
        kept=False,
        secrets=(SECRET, "kZ7wQx9vCOOKIE3sTuLp5rYg"),
    ),
    Place(
        "Location of the response",
        response=lambda url: {"Location": f"http://u:{USER_INFO}@other.invalid/p?t={USER_INFO}"},
        sent=False,
        kept=False,
    ),
    Place(
        "user-info in Location of the response",
        response=lambda url: {"Location": _with_user(url) + "/v1/health"},
        sent=False,
        kept=False,
    ),
    Place(
        "Set-Cookie of the response",
        response=lambda url: {"Set-Cookie": f"sid={SECRET}; Path=/; HttpOnly"},
        sent=False,
        kept=False,
    ),
)


def parameters(*, sent: bool = False, kept: bool = False, proxied: bool = True) -> list[Any]:
    """Make the parameters of a test: the short suite leaves out places like others.

    Args:
        sent: True for places whose secrets are sent only.
        kept: True for places whose secrets a pickle may have only.
        proxied: False for places that redirect no requests only.
    """
    return [
        pytest.param(place, id=place.name, marks=() if place.distinct else pytest.mark.full)
        for place in PLACES
        if place.sent >= sent and place.kept >= kept and place.proxied <= proxied
    ]
