"""All faults of the table, by name.

A fault that can hit a request before and after the server has carried it out exists twice:
`...-before` and `...-after`.
"""

from __future__ import annotations

import gzip
import random

from faults import acts
from faults.acts import (
    CHUNKED,
    JSON,
    Act,
    close,
    error,
    floods,
    half,
    half_body,
    half_head,
    lengths,
    message,
    redirects,
    reframed,
    replaced,
    reset,
    restated,
    says,
    sends,
    stall,
    status_line,
    with_lines,
)
from faults.origin import MOVED
from support.proxy import PATIENT, REFUSED, UNREACHABLE, Fault, Limits, Stage
from support.server import chunk

MAX_BYTES = 256 * 1024
"""The clients' `max_response_bytes`: bombs and endless bodies exceed it."""

SILENT = Limits(read=0.4, deadline=2.5)
# Each byte renews the read timeout; on a busy machine, a late byte must not lead to a retry.
DRIPPING = Limits(read=0.5, deadline=0.5)
WAITING = Limits(read=1.0, deadline=1.8)


def _after(name: str, act: Act, limits: Limits = PATIENT) -> Fault:
    return Fault(name, act, forward=True, limits=limits)


def _both(name: str, act: Act, limits: Limits = PATIENT) -> list[Fault]:
    return [Fault(f"{name}-before", act, limits=limits), _after(f"{name}-after", act, limits)]


UNFRAMED = "Connection: close"

CONNECTION = [
    Fault(REFUSED, acts.nothing, Stage.CONNECT),
    Fault(UNREACHABLE, acts.nothing, Stage.CONNECT, limits=SILENT),
    Fault("close-on-accept", close, Stage.ACCEPT),
    Fault("reset-unread", reset, Stage.UNREAD),
    Fault("idle-close", close, Stage.IDLE),
    Fault("idle-reset", reset, Stage.IDLE),
    Fault("idle-408", sends(message("408 Request Timeout").raw, close), Stage.IDLE),
    Fault("idle-race", reset, Stage.REUSED),
    *_both("reset", reset),
    *_both("close", close),
    _after("reset-in-head", sends(half_head, reset)),
    _after("close-in-status-line", sends(status_line, close)),
    _after("close-in-head", sends(half_head, close)),
    _after("reset-in-body", sends(half_body, reset)),
    _after("close-in-body", sends(half_body, close)),
    _after("close-in-chunk", sends(reframed(CHUNKED, body=lambda b: chunk(b)[:-9]), close)),
    _after("close-between-chunks", sends(reframed(CHUNKED, body=chunk), close)),
    _after("reset-unframed", sends(reframed(UNFRAMED, body=half), reset)),
    _after("close-unframed", sends(reframed(UNFRAMED, body=half), close)),
]

PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"

TIME = [
    *_both("stall", stall, SILENT),
    _after("stall-in-head", sends(half_head, stall), SILENT),
    _after("stall-in-body", sends(half_body, stall), SILENT),
    _after("drip-head", acts.drips, DRIPPING),
    _after("drip-body", acts.drips_body, DRIPPING),
    _after("drip-1xx", acts.drips_bytes(PROCESSING * 100), DRIPPING),
    _after("flood-1xx", floods(b"", PROCESSING * 64), DRIPPING),
]

GARBAGE = random.Random(1).randbytes(2000)
SPAM = b"X-Spam: " + b"x" * 1000 + b"\r\n"
FLOOD = b"x" * 65536
REPEATED = b"Date: x\r\nDate: y\r\nContent-Type: application/json\r\n"
INTERIM = ["100 Continue", "102 Processing", "103 Early Hints\r\nLink: </a.css>; rel=preload"]
GZIP = "Content-Encoding: gzip"


def _start(*headers: str, status: str = "200 OK") -> bytes:
    return message(status, JSON, *headers, body=None).head


def _elsewhere(path: str) -> str:
    return "http://127.0.0.2:9" + path


PROTOCOL = [
    *_both("garbage", sends(GARBAGE, close)),
    *_both("garbage-line", sends(b"\0\xff\r\n\r\n", stall)),
    Fault("ssh", sends(b"SSH-2.0-OpenSSH_9.6\r\n", stall)),
    _after("status-word", sends(lambda response: response.raw.replace(b" 20", b" ok", 1))),
    _after("http-9", sends(lambda response: response.raw.replace(b"/1.1", b"/9.9", 1))),
    _after("length-word", sends(reframed("Content-Length: many"), close)),
    _after("length-negative", sends(lengths(lambda _: -1), close)),
    _after("length-short", sends(lengths(lambda right: right // 2))),
    _after("length-twice", sends(lengths(int, int))),
    _after("length-conflict", sends(lengths(int, lambda right: right + 1), close)),
    _after(
        "length-and-chunks",
        sends(reframed("Content-Length: 3", CHUNKED, body=lambda b: chunk(b) + chunk(b""))),
    ),
    _after("headers-twice", sends(with_lines(REPEATED))),
    _after("headers-many", sends(with_lines(SPAM * 200))),
    _after("header-long", sends(with_lines(b"X-Long: " + FLOOD + b"\r\n"))),
    _after("headers-endless", floods(b"HTTP/1.1 200 OK\r\n", SPAM * 64)),
    _after("chunk-word", sends(reframed(CHUNKED, body=lambda b: b"zz\r\n" + b), close)),
    _after("chunk-negative", sends(reframed(CHUNKED, body=lambda b: b"-5\r\n" + b), close)),
    _after("chunk-minus-one", floods(_start(CHUNKED) + b"-1\r\n", FLOOD)),
    _after("chunk-long-line", floods(_start(CHUNKED), FLOOD)),
    _after("gzip", sends(replaced(GZIP, body=gzip.compress))),
    _after("gzip-garbage", sends(replaced(GZIP, body=bytes))),
    _after("gzip-cut", sends(replaced(GZIP, body=lambda b: gzip.compress(b, 0)[:-40]))),
    _after("bomb", acts.bomb(64 * MAX_BYTES)),
    _after("bomb-in-bomb", acts.bomb(64 * MAX_BYTES, layers=2)),
    _after("endless", floods(_start(f"Content-Length: {10**15}"), FLOOD)),
    _after("endless-chunks", floods(_start(CHUNKED), chunk(FLOOD))),
    _after("endless-unframed", floods(_start(UNFRAMED), FLOOD)),
    _after("endless-error", floods(_start(UNFRAMED, status="400 Bad Request"), FLOOD)),
    _after(
        "endless-redirect",
        floods(_start(UNFRAMED, f"Location: {_elsewhere('/')}", status="302 Found"), FLOOD),
    ),
    _after("100-first", acts.after_interim("100 Continue")),
    _after("103-first", acts.after_interim("103 Early Hints")),
    _after("1xx-many", acts.after_interim(*INTERIM * 50)),
    _after("100-only", sends(message("100 Continue", body=None).head, close)),
    _after("response-twice", sends(lambda response: response.raw * 2)),
    _after("bytes-too-many", sends(lambda response: response.raw + GARBAGE)),
]

HTML = b"<!DOCTYPE html><html><title>Bad gateway</title><body>nginx</body></html>"
HTML_TYPE = "Content-Type: text/html"
LONG_AGO = "Mon, 01 Jan 2024 00:00:00 GMT"

STATUS = [
    Fault("401", says("401 Unauthorized", body=error(retryable=False))),
    Fault("408", says("408 Request Timeout")),
    Fault("409-retryable", says("409 Conflict", body=error(retryable=True))),
    Fault("429", says("429 Too Many Requests", body=error(retryable=True))),
    Fault("429-wait-0", says("429 Too Many Requests", "Retry-After: 0")),
    Fault("429-wait-1", says("429 Too Many Requests", "Retry-After: 1"), limits=WAITING),
    Fault("429-wait-30", says("429 Too Many Requests", "Retry-After: 30")),
    Fault("429-wait-3600", says("429 Too Many Requests", "Retry-After: 3600")),
    *_both("500", says("500 Internal Server Error", body=error(retryable=False))),
    *_both("500-retryable", says("500 Internal Server Error", body=error(retryable=True))),
    *_both("502", says("502 Bad Gateway", body=HTML, kind=HTML_TYPE)),
    *_both("503", says("503 Service Unavailable")),
    Fault("503-wait-0", says("503 Service Unavailable", "Retry-After: 0")),
    Fault("503-wait-date", says("503 Service Unavailable", f"Retry-After: {LONG_AGO}")),
    Fault("503-wait-word", says("503 Service Unavailable", "Retry-After: soon")),
    *_both("504", says("504 Gateway Timeout")),
    Fault("999", says("999 Request Denied", body=b"denied")),
]

REDIRECT = [
    Fault("301", redirects("301 Moved Permanently", lambda path: MOVED + path)),
    Fault("302-elsewhere", redirects("302 Found", _elsewhere)),
    Fault("302-ftp", redirects("302 Found", lambda path: "ftp://127.0.0.1" + path)),
    Fault("302-no-url", redirects("302 Found", lambda path: "http://[" + path)),
    Fault("302-latin-1", redirects("302 Found", lambda path: "/caf\xe9" + path)),
    Fault("302-nowhere", says("302 Found")),
    _after("303-after", says("303 See Other", f"Location: {MOVED}/daemon/v1/health")),
    Fault("307", redirects("307 Temporary Redirect", lambda path: MOVED + path)),
    Fault("307-elsewhere", redirects("307 Temporary Redirect", _elsewhere)),
    Fault("308", redirects("308 Permanent Redirect", lambda path: MOVED + path)),
]

SUCCESS = [
    _after("pass", lambda wire, response: wire.send(response.raw)),
    _after("200-empty", says("200 OK")),
    _after("201", restated("201 Created")),
    _after("202", restated("202 Accepted")),
    _after("204", sends(message("204 No Content", body=None).head)),
    Fault("200-html", says("200 OK", body=HTML, kind=HTML_TYPE)),
    _after("json-cut", sends(replaced(body=half))),
    _after("json-other", sends(replaced(body=lambda _: b'["another", "type"]'))),
    _after("json-not-utf-8", sends(replaced(body=lambda b: b.replace(b'"', b'"\xff', 1)))),
]

FAULTS = {
    fault.name: fault for fault in (*CONNECTION, *TIME, *PROTOCOL, *STATUS, *REDIRECT, *SUCCESS)
}
