"""Whatever the arguments, the intended request is sent, or none at all."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arp_sdk.core import ApiKey, HttpRequest, Retries, Timeout
from arp_sdk.core._call.effects import Send, Steps
from arp_sdk.core._http.urls import origin
from arp_sdk.errors import ArpConfigError, ArpError, ArpValidationError
from support.clients import DaemonClient, kind

from .cases import Tally, share
from .oracle import check_error, within
from .targets import TARGETS, Target
from .wire import Heard, WireServer, wire_server

_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([ -~]*)")
_HOSTILE_TEXTS = (
    "", ".", "..", "/", "a/b", "../x", "%2e%2e", "%2F", "?x=y", "#f", "a b", "a+b", "a&b=c",
    ";v=1", ":cancel", "x:cancel", "\\", "\r\nX: y", "\0", "\ud800", "\u202e", "é", "//h/x",
    "\U0001f600", "x" * 5000, "%", "%zz", "@h", "http://other.invalid/", "~", "\x7f",
)  # fmt: skip
_texts = st.one_of(
    st.text(st.characters(codec=None), max_size=12),
    st.text(st.characters(codec="latin-1"), max_size=12),
    st.sampled_from(_HOSTILE_TEXTS),
)
_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), _texts, st.binary(max_size=4),
        st.just(10**400), st.just(object()), st.dates(), st.uuids(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(_texts | st.integers(), inner, max_size=3),
        st.tuples(inner),
    ),
    max_leaves=5,
)  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    with wire_server() as running:
        yield running


@pytest.mark.parametrize("target", [t for t in TARGETS if t.arguments], ids=str)
def test_the_intended_request_is_sent_or_none(
    target: Target, server: WireServer, tally: Tally
) -> None:
    names = sorted(target.arguments)
    server.pieces = [b"HTTP/1.1 418 X\r\nContent-Length: 0\r\n\r\n"]

    @share(0.05 / len(TARGETS))
    @given(st.dictionaries(st.sampled_from(names), _texts | _values, min_size=1), _bodies(target))
    def run(changes: dict[str, Any], body: Any) -> None:
        tally.cases += 1
        arguments = {**target.arguments, **changes}
        if "body" in arguments and not ("body" in changes and tally.cases % 4 == 0):
            arguments["body"] = body
        _call(target, server, arguments)

    run()


@pytest.mark.parametrize(
    ("target", "name"),
    [(t, name) for t in TARGETS for name in t.arguments if name != "body"],
    ids=str,
)
def test_hostile_texts(target: Target, name: str, server: WireServer, tally: Tally) -> None:
    server.pieces = [b"HTTP/1.1 418 X\r\nContent-Length: 0\r\n\r\n"]
    for text in _HOSTILE_TEXTS:
        tally.cases += 1
        _call(target, server, {**target.arguments, name: text})


def _call(target: Target, server: WireServer, arguments: dict[str, Any]) -> None:
    server.heard.clear()
    with target.client(server.url, retries=0, timeout=2, deadline=4) as client, within(5):
        try:
            getattr(client, target.operation.name)(**arguments)
        except ArpValidationError as error:
            check_error(error)
            assert not server.heard
            return
        except ArpError as error:
            check_error(error)
    (heard,) = server.heard
    _check_route(heard, target, arguments)
    _check_body(heard, target, arguments.get("body"))


def _bodies(target: Target) -> st.SearchStrategy[Any]:
    """The valid body as a dict, with some properties changed."""
    valid = target.arguments.get("body")
    if valid is None:
        return st.none()
    plain = msgspec.to_builtins(valid)
    changes = st.dictionaries(st.sampled_from(sorted(plain)), _values, max_size=2)
    free = st.dictionaries(_texts, _values, max_size=2)
    context = next((k for k, v in plain.items() if isinstance(v, dict)), "extensions")
    return st.one_of(
        st.just(valid),
        changes.map(lambda c: {**plain, **c}),
        free.map(lambda extra: {**plain, context: {**plain.get(context, {}), "data": extra}}),
    )


def _check_route(heard: Heard, target: Target, arguments: dict[str, Any]) -> None:
    operation = target.operation
    assert re.fullmatch(rf"{operation.method} [!-~]+ HTTP/1\.1", heard.line)
    path, _, query = heard.target.partition("?")
    names = [parameter.name for parameter in operation.path_parameters]
    pattern = re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(operation.path))
    match = re.fullmatch(pattern, path)
    assert match is not None
    assert [unquote(text, errors="strict") for text in match.groups()] == [
        arguments[name] for name in names
    ]
    assert not set(match.groups()) & {".", ".."}
    expected = [
        (parameter.name, str(arguments[name]))
        for name, parameter in operation.query.items()
        if arguments.get(name) is not None
    ]
    assert parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)) == expected
    assert all(_HEADER.fullmatch(line) for line in heard.headers)


def _check_body(heard: Heard, target: Target, body: Any) -> None:
    if target.operation.body is None:
        assert heard.body == b""
        return
    sent = json.loads(heard.body)
    given = json.loads(msgspec.json.encode(body))
    key = target.operation.effect_key
    if key is not None:
        assert isinstance(sent.pop(key.property), str)
        given.pop(key.property, None)
    assert sent == given


def test_headers_are_sent_as_given_or_refused(server: WireServer, tally: Tally) -> None:
    server.pieces = [b"HTTP/1.1 418 X\r\nContent-Length: 0\r\n\r\n"]
    names = st.sampled_from(("X-A", "x a", "X:A", "X\r\nA", "\xe9", "", " ", "X\0")) | _texts

    @share(0.02)
    @given(
        name=names | st.integers() | st.none(),
        value=_texts | st.sampled_from(("v", " v ")) | st.integers() | st.none(),
        place=st.sampled_from(("headers", "api key", "hook")),
    )
    def run(name: Any, value: Any, place: str) -> None:
        assume(place != "hook" or isinstance(name, str))
        tally.cases += 1
        server.heard.clear()
        before = dict(_headers_of(server, {}))
        server.heard.clear()
        try:
            sent = _headers_of(server, {place: (name, value)})
        except ArpError as error:
            check_error(error, ArpConfigError, ArpValidationError)
            assert not server.heard
            return
        assert dict(sent) == {**before, name.lower(): str(value).strip(" ")}
        assert len(sent) == len(dict(sent))

    run()


def _headers_of(server: WireServer, places: dict[str, tuple[Any, Any]]) -> list[tuple[str, str]]:
    """The headers of a call, with one set in the given place."""

    def hook(request: HttpRequest) -> None:
        if "hook" in places:
            name, value = places["hook"]
            request.headers[name] = value

    options: dict[str, Any] = {"on_request": hook, "retries": 0, "timeout": 2}
    if "headers" in places:
        name, value = places["headers"]
        options["headers"] = {name: value}
    if "api key" in places:
        name, value = places["api key"]
        options["auth"] = ApiKey(value, name)
    with DaemonClient(server.url, **options) as client:
        try:
            client.health()
        except ArpError as error:
            if not server.heard:
                raise
            check_error(error)
    (heard,) = server.heard
    matches = [_HEADER.fullmatch(line) for line in heard.headers]
    assert all(matches), heard.headers
    return [(match[1].lower(), match[2].strip(" ")) for match in matches if match]


class _SeenError(Exception):
    """What would be sent has been seen."""


def test_any_base_url_is_usable_or_refused(tally: Tally) -> None:
    pieces = st.sampled_from(
        (
            "http", "https", "HTTP", "ftp", "://", ":", "//", "/", "host", "127.0.0.1", "[::1]",
            "[::1", "user:pw@", "@", ":80", ":99999", ":x", ":", "/v1", "/v1/", "?q", "#f", "%zz",
            " ", "\t", "\n", "\0", "\u00e9", "\u3002", "a..b", "xn--", "\\", "..", "%2f", "\ud800",
        )
    )  # fmt: skip
    urls = st.lists(pieces | _texts, max_size=7).map("".join)

    @share(0.02)
    @given(urls | urls.map("http://".__add__) | urls.map("http://host".__add__) | st.integers())
    def run(base_url: Any) -> None:
        tally.cases += 1
        try:
            client = DaemonClient(base_url, retries=0)
        except ArpError as error:
            check_error(error, ArpConfigError)
            return
        assert client.base_url.startswith(("http://", "https://"))
        assert origin(client.base_url)[1]
        effects: list[Any] = []

        def drive(steps: Steps[Any]) -> None:
            effects.append(steps.send(None))
            raise _SeenError

        async def awaited(steps: Steps[Any]) -> None:
            drive(steps)

        client.__dict__["_drive"] = drive if kind() == "threads" else awaited
        with contextlib.suppress(_SeenError):
            client.get_run_status("x")
        (effect,) = effects
        assert isinstance(effect, Send)
        assert effect.request.url == client.base_url + "/v1/runs/x"
        assert re.fullmatch(r"[!-~]+", effect.request.url)
        assert effect.with_credentials

    run()


def test_any_option_is_usable_or_refused(tally: Tally) -> None:
    names = (
        "auth", "timeout", "deadline", "retries", "headers", "max_response_bytes", "verify",
        "cert", "proxies",
    )  # fmt: skip

    policies = st.builds(Retries, _values, _values, _values, _values)
    timeouts = st.builds(Timeout, _values, _values)

    @share(0.02)
    @given(st.sampled_from(names), _values | policies | timeouts)
    def run(name: str, value: Any) -> None:
        tally.cases += 1
        options: dict[str, Any] = {name: value}
        try:
            client = DaemonClient("http://host", **options)
        except ArpError as error:
            check_error(error, ArpConfigError)
            return
        assert repr(client)

    run()
