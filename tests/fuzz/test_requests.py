"""For any arguments, either the intended request is sent, or none."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arp_sdk.core import ApiKey, HttpRequest, Retries, Timeout
from arp_sdk.errors import ArpConfigError, ArpError, ArpValidationError
from support.clients import DaemonClient
from support.server import Raw, Received, Server

from .cases import Share
from .oracle import check_error
from .targets import TARGETS, Target

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


SHARED = pytest.mark.threads_only("the code is shared")
TEAPOT = Raw([b"HTTP/1.1 418 X\r\nContent-Length: 0\r\n\r\n"])


@pytest.mark.parametrize("target", [t for t in TARGETS if t.arguments], ids=str)
def test_the_intended_request_is_sent_or_none(target: Target, server: Server, share: Share) -> None:
    names = sorted(target.arguments)
    server.plan(TEAPOT)

    @share(0.05 / len(TARGETS))
    @given(
        st.dictionaries(st.sampled_from(names), _texts | _values, min_size=1),
        _bodies(target),
        st.integers(0, 3),
    )
    def run(changes: dict[str, Any], body: Any, other_body: int) -> None:
        arguments = {**target.arguments, **changes}
        if "body" in arguments and not ("body" in changes and other_body == 0):
            arguments["body"] = body
        _call(target, server, arguments)

    run()


@pytest.mark.parametrize(
    ("target", "name"),
    [(t, name) for t in TARGETS for name in t.arguments if name != "body"],
    ids=str,
)
def test_hostile_texts_are_escaped_or_refused(target: Target, name: str, server: Server) -> None:
    server.plan(TEAPOT)
    for text in _HOSTILE_TEXTS:
        _call(target, server, {**target.arguments, name: text})


def _call(target: Target, server: Server, arguments: dict[str, Any]) -> None:
    server.requests.clear()
    with target.client(server.url, retries=0) as client:
        try:
            getattr(client, target.operation.name)(**arguments)
        except ArpValidationError as error:
            check_error(error)
            assert not server.requests
            return
        except ArpError as error:
            check_error(error)
    (heard,) = server.requests
    _check_route(heard, target, arguments)
    _check_body(heard, target, arguments.get("body"))


def _bodies(target: Target) -> st.SearchStrategy[Any]:
    """Change some properties of the valid body."""
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


def _check_route(heard: Received, target: Target, arguments: dict[str, Any]) -> None:
    operation = target.operation
    line = " ".join(heard.message.start_line)
    assert re.fullmatch(rf"{operation.method} [!-~]+ HTTP/1\.1", line)
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
    assert all(_HEADER.fullmatch(line) for line in heard.message.header_lines)


def _check_body(heard: Received, target: Target, body: Any) -> None:
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


def test_headers_are_sent_as_given_or_refused(server: Server, share: Share) -> None:
    server.plan(TEAPOT)
    names = st.sampled_from(("X-A", "x a", "X:A", "X\r\nA", "\xe9", "", " ", "X\0")) | _texts

    @share(0.02)
    @given(
        name=names | st.integers() | st.none(),
        value=_texts | st.sampled_from(("v", " v ")) | st.integers() | st.none(),
        place=st.sampled_from(("headers", "api key", "hook")),
    )
    def run(name: Any, value: Any, place: str) -> None:
        assume(place != "hook" or isinstance(name, str))
        server.requests.clear()
        before = dict(_headers_of(server, {}))
        server.requests.clear()
        try:
            sent = _headers_of(server, {place: (name, value)})
        except ArpError as error:
            check_error(error, ArpConfigError, ArpValidationError)
            assert not server.requests
            return
        assert dict(sent) == {**before, name.lower(): str(value).strip(" ")}
        assert len(sent) == len(dict(sent))

    run()


def _headers_of(server: Server, places: dict[str, tuple[Any, Any]]) -> list[tuple[str, str]]:
    """Make a call with a header set in the given place, and return the headers that were sent."""

    def hook(request: HttpRequest) -> None:
        if "hook" in places:
            name, value = places["hook"]
            request.headers[name] = value

    options: dict[str, Any] = {"on_request": hook, "retries": 0}
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
            if not server.requests:
                raise
            check_error(error)
    (heard,) = server.requests
    matches = [_HEADER.fullmatch(line) for line in heard.message.header_lines]
    assert all(matches), heard.message
    return [(match[1].lower(), match[2].strip(" ")) for match in matches if match]


class _SeenError(Exception):
    """Raised once the request has been seen."""


@SHARED
def test_any_base_url_is_usable_or_refused(share: Share) -> None:
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
        seen: list[str] = []

        def see(request: HttpRequest) -> None:
            seen.append(request.url)
            raise _SeenError

        try:
            client = DaemonClient(base_url, on_request=see)
        except ArpError as error:
            check_error(error, ArpConfigError)
            return
        assert client.base_url.startswith(("http://", "https://"))
        assert urlsplit(client.base_url).hostname
        with contextlib.suppress(_SeenError):
            client.get_run_status("x")
        assert seen == [client.base_url + "/v1/runs/x"]
        assert re.fullmatch(r"[!-~]+", seen[0])

    run()


@SHARED
def test_any_option_is_usable_or_refused(share: Share) -> None:
    names = (
        "auth", "timeout", "deadline", "retries", "headers", "max_response_bytes", "verify",
        "cert", "proxies",
    )  # fmt: skip

    policies = st.builds(Retries, _values, _values, _values, _values)
    timeouts = st.builds(Timeout, _values, _values)

    @share(0.02)
    @given(st.sampled_from(names), _values | policies | timeouts)
    def run(name: str, value: Any) -> None:
        options: dict[str, Any] = {name: value}
        try:
            client = DaemonClient("http://host", **options)
        except ArpError as error:
            check_error(error, ArpConfigError)
            return
        assert repr(client)

    run()
