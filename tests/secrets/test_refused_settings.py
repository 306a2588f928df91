"""Refused settings and unusable credentials show no secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from requests.auth import HTTPBasicAuth

from arp_sdk.core import ApiKey, HttpRequest, Token
from arp_sdk.core._http.redaction import RedactedHeaders
from arp_sdk.errors import ArpConfigError, ArpError
from support.clients import DaemonClient
from support.server import Server, error_reply

from .hunter import Evidence, leaks
from .places import SECRET
from .witness import examine_outcome, listening

URL = "http://127.0.0.1:9"
PASSWORD = "kZ7wQx9vMARKER3sTuLp5rYg"


def _built(*args: Any, **options: Any) -> Callable[[], Any]:
    def build() -> Any:
        with DaemonClient(*args, **options) as client:
            return client.with_options(retries=0).health()

    return build


def _changed(**options: Any) -> Callable[[], Any]:
    def change() -> Any:
        with DaemonClient(URL, auth=SECRET, headers={"X-Api-Key": SECRET}) as client:
            return client.with_options(**options)

    return change


def _hunt(call: Callable[[], Any], *secrets: str) -> Any:
    evidence = Evidence()
    with listening(evidence):
        error = examine_outcome(evidence, call)
    assert isinstance(error, Exception)
    found = leaks(evidence, *secrets)
    assert not found, "\n".join(["a secret shows", *found])
    return error


_USER_INFOS = (
    f"http://user:{PASSWORD}@host",
    f"https://{PASSWORD}@host/v1",
    f"http://user:{PASSWORD}@host:99999",
    f"http://user:{PASSWORD}@[bad",
    f"http://user:{PASSWORD}@",
    f"user:{PASSWORD}@host:8000",
    f"//user:{PASSWORD}@host",
    f"http:user:{PASSWORD}@host",
    f"http:/user:{PASSWORD}@host",
    f"http:///user:{PASSWORD}@host",
    f"http:\\\\user:{PASSWORD}@host",
    f"http//user:{PASSWORD}@host",
    f"postgres://user:{PASSWORD}@host",
    f" http://user:{PASSWORD}@host",
    f"http://user:{PASSWORD}/x@host",
    f"http://user:x/{PASSWORD}@host",
    f"http://user:{PASSWORD}#x@host",
    f"http://user:x#{PASSWORD}@host",
    f"http://user:{PASSWORD}?x@host",
    f"http://user:x?{PASSWORD}@host",
    f"http://user:x@{PASSWORD}@host",
    f"http://host?token={PASSWORD}",
    f"http://host/#{PASSWORD}",
)


SHARED = pytest.mark.threads_only("the code is shared")


@SHARED
@pytest.mark.parametrize("base_url", _USER_INFOS, ids=lambda url: url.replace(PASSWORD, "***"))
@pytest.mark.parametrize("given", ["base_url", "ARP_DAEMON_URL"])
def test_user_info_of_a_url_does_not_show(
    base_url: str, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARP_DAEMON_URL", base_url)
    call = _built(base_url) if given == "base_url" else _built()
    assert isinstance(_hunt(call, PASSWORD), ArpConfigError)


_SETTINGS: dict[str, Callable[[], Any]] = {
    "a token with a line end": _built(URL, auth=SECRET + "\n"),
    "a token outside ASCII": _built(URL, auth="é" + SECRET),
    "a token as bytes": _built(URL, auth=SECRET.encode()),
    "a list for a token": _built(URL, auth=[SECRET]),
    "a dict for a token": _built(URL, auth={"token": SECRET}),
    "a user without a password": _built(URL, auth=(SECRET,)),
    "too much of a password": _built(URL, auth=("user", SECRET, SECRET)),
    "a password outside Latin-1": _built(URL, auth=("user", SECRET + "€")),
    "a password of HTTPBasicAuth": _built(URL, auth=HTTPBasicAuth("user", SECRET + "€")),
    "a password that cannot be encoded": _built(URL, auth=("user", SECRET + "\udce9")),
    "a user that cannot be encoded": _built(URL, auth=("\udce9", SECRET)),
    "a password of HTTPBasicAuth that cannot be encoded": _built(
        URL, auth=HTTPBasicAuth("user", SECRET + "\udce9")
    ),
    "a token that cannot be encoded": _built(URL, auth=SECRET + "\udce9"),
    "a header that cannot be encoded": _built(URL, headers={"Cookie": SECRET + "\udce9"}),
    "a proxy that cannot be encoded": _built(
        URL, proxies={"http": f"http://u:{PASSWORD}\udce9@127.0.0.1:9"}
    ),
    "a base_url that cannot be encoded": _built(f"http://u:{PASSWORD}\udce9@127.0.0.1:9"),
    "a Token": _built(URL, auth=Token(SECRET, 60)),
    "a Token with a line end": lambda: Token(SECRET + "\n", 60),
    "a Token without a number": lambda: Token(SECRET, "60"),  # type: ignore[arg-type]
    "a changed password that cannot be encoded": _changed(auth=("user", SECRET + "\udce9")),
    "a good token beside a bad deadline": _built(URL, auth=SECRET, deadline=-1),
    "a good token beside a bad timeout": _built(URL, auth=SECRET, timeout="x"),
    "a good token beside no URL": _built(auth=SECRET),
    "a good token beside a bad URL": _built("nowhere", auth=SECRET),
    "a password beside a bad deadline": _built(URL, auth=("user", SECRET), deadline=-1),
    "a good header beside a bad deadline": _built(URL, headers={"Cookie": SECRET}, deadline=-1),
    "a good header beside a bad one": _built(URL, headers={"Cookie": SECRET, "X": "\n"}),
    "a header with a line end": _built(URL, headers={"Authorization": SECRET + "\n"}),
    "a header as bytes": _built(URL, headers={"Authorization": SECRET.encode()}),
    "headers as pairs": _built(URL, headers=[("Authorization", SECRET)]),
    "proxies beside a bad deadline": _built(
        URL, proxies={"http": f"http://u:{PASSWORD}@h"}, deadline=-1
    ),
    "a proxy URL that is none": _built(URL, proxies={"http": f"http://u:{PASSWORD}@[bad"}),
    "a proxy without a port": _built(URL, proxies={"http": f"http://u:{PASSWORD}@h:x"}),
    "a SOCKS proxy": _built(URL, proxies={"http": f"socks5h://u:{PASSWORD}@127.0.0.1:9"}),
    "proxies as a string": _built(URL, proxies=f"http://u:{PASSWORD}@h"),
    "an ApiKey with a line end": lambda: ApiKey(SECRET + "\n"),
    "an ApiKey as bytes": lambda: ApiKey(SECRET.encode()),  # type: ignore[arg-type]
    "an ApiKey in no header": lambda: ApiKey(SECRET, "X\nY"),
    "a changed token with a line end": _changed(auth=SECRET + "\n"),
    "a changed token beside a bad deadline": _changed(auth=SECRET, deadline=-1),
    "a changed header with a line end": _changed(headers={"Authorization": SECRET + "\n"}),
    "a changed header beside a bad deadline": _changed(headers={"Cookie": SECRET}, deadline=-1),
}  # fmt: skip


@SHARED
@pytest.mark.parametrize("name", _SETTINGS)
def test_secrets_of_refused_settings_do_not_show(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARP_DAEMON_URL", raising=False)
    _hunt(_SETTINGS[name], SECRET, PASSWORD)


@SHARED
@pytest.mark.parametrize("end", ["\n", "é"])
def test_an_invalid_token_of_the_environment_does_not_show(
    end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARP_TOKEN", SECRET + end)
    _hunt(_built(URL), SECRET)


class ProviderError(Exception):
    pass


@pytest.mark.parametrize(
    "token",
    [SECRET + "\n", SECRET + "é", SECRET.encode(), [SECRET], {"token": SECRET}, (SECRET,)],
    ids=["a line end", "no ASCII", "bytes", "list", "dict", "tuple"],
)
def test_an_invalid_token_of_a_provider_does_not_show(token: Any) -> None:
    assert isinstance(_hunt(_built(URL, auth=lambda: token), SECRET), ArpError)


def test_an_error_of_a_provider_shows_no_secret() -> None:
    def provider() -> str:
        raise ProviderError

    call = _built(URL, auth=provider, headers={"X-Api-Key": SECRET})
    assert isinstance(_hunt(call, SECRET), ProviderError)


@SHARED
def test_a_provider_that_raises_after_a_401(server: Server) -> None:
    def provider(rejected: str | None) -> str:
        if rejected is not None:
            raise ProviderError
        return SECRET

    server.plan(error_reply(401))
    assert isinstance(_hunt(_built(server.url, auth=provider), SECRET), ProviderError)


@pytest.mark.parametrize("view", ["keys", "values", "items"])
def test_a_view_of_headers_shows_no_secret(view: str) -> None:
    headers = RedactedHeaders({"Authorization": SECRET, "X-A": "b"})
    assert SECRET not in repr(getattr(headers, view)())
    assert dict(headers.items()) == {"Authorization": SECRET, "X-A": "b"}


def test_an_invalid_header_of_a_hook_does_not_show() -> None:
    def hook(request: HttpRequest) -> None:
        request.headers["Authorization"] = SECRET + "\r\n"

    _hunt(_built(URL, on_request=hook), SECRET)
