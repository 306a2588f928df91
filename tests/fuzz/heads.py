"""Strategies for statuses and headers of responses."""

from __future__ import annotations

from hypothesis import strategies as st

COMMON_STATUSES = (
    200, 201, 202, 204, 205, 206, 299, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405,
    406, 407, 408, 409, 410, 413, 422, 425, 429, 431, 499, 500, 501, 502, 503, 504, 520, 599,
)  # fmt: skip
ODD_STATUSES = (0, 1, 99, 600, 999, -1)

statuses = st.sampled_from(COMMON_STATUSES) | st.integers(100, 599) | st.sampled_from(ODD_STATUSES)

_latin = st.text(st.characters(codec="latin-1"), max_size=30)
_ascii = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")), max_size=30)


def _values(*known: str) -> st.SearchStrategy[str]:
    return st.sampled_from(known) | st.sampled_from(known) | _latin


def locations(home: str) -> st.SearchStrategy[str]:
    """Make targets of redirects; `home` is the origin of the base URL."""
    host = home.partition("://")[2]
    return _values(
        f"{home}/v1/health", f"{home}/v1/runs/x?y=z#f", "/v1/version", "health", "../..", "?q",
        "#f", "", " ", ".", "//", "///", "//other.invalid/x", "http://other.invalid/", "ftp://x/",
        "file:///etc/passwd", "javascript:1", "data:,x", f"https://{host}/", f"HTTP://{host}/v1",
        f"http://u:p@{host}/v1", f"{home}:99999/", "http://h:x/", "http://[::1", "http://[v1.x]/",
        "http://", "http:/x", "http:x", "http:///x", "http://\xe9.invalid/", f"{home}/\xe9\u00a0 x",
        f"{home}/%zz%", f"{home}/a b", f"{home}/\t", f"{home}\\@other.invalid/", f"{home}.invalid/",
        "http://" + "a" * 300 + "/", f"{home}/" + "a" * 9000, "/\x7f\x01", "http://%41:80/",
        "/x, /y", "http://1.2.3.4.5/", "http://0x7f.1/", f"{home}/..;/x", f"{home}//other.invalid",
        "http://\u00ad/", "http://a..b/", "http://xn--\xe9/",
    )  # fmt: skip


RETRY_AFTER = _values(
    "0", "1", " 2 ", "-1", "1.5", "1e3", "60", "61", "999999999999", "9" * 400, "9" * 5000, "nan",
    "inf", "", "soon", "0x10", "\xb2", "1, 2", "Wed, 21 Oct 2015 07:28:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT", "Sat, 01 Jan 0000 00:00:00 GMT", "Wed, 21 Oct 2099",
    "Wednesday, 21-Oct-15 07:28:00 GMT", "Wed, 99 Xxx 2015 99:99:99 GMT", "Wed, 21 Oct 2015",
    "Thu, 01 Jan 1970 00:00:00 -9999", "Mon, 1 Jan 99999999999 00:00:00 GMT",
)  # fmt: skip
CONTENT_TYPE = _values(
    "application/json", "application/json; charset=latin-1", "application/json;charset=x-none",
    "application/problem+json", "text/html", "TEXT/HTML; charset=utf-16", "text/event-stream",
    "text/event-stream;charset=utf-8", "application/x-ndjson", "application/octet-stream",
    "multipart/mixed; boundary=x", "", ";", "/", "text/html;;;=", 'application/json; charset="',
)  # fmt: skip
CONTENT_ENCODING = _values(
    "identity", "gzip", "deflate", "br", "zstd", "GZIP", "x-gzip", "gzip, gzip",
    "gzip, deflate, br", ", ".join(["gzip"] * 20), "compress", "none", "", ",", "utf-8",
)  # fmt: skip
SET_COOKIE = _values(
    "a=b", "a=b; Path=/; HttpOnly", "=; ;;", "a=b; Expires=Wed, 21 Oct 99999 07:28:00 GMT",
    "a=b; Max-Age=x; Domain=.invalid", "a=b; expires=Thu, 01-Jan-70 00:00:00 GMT", 'a="\\',
    "\xe9=\xe9", "a=b; Max-Age=99999999999999999999", "a; Secure; Version=9",
    "a=b; port=\"80,x\"; version=1",
)  # fmt: skip
CHALLENGES = (
    "Bearer", 'Basic realm="x"', 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5',
    'Digest realm="r", nonce="n", algorithm=NOPE', "Digest", "Digest x", "digest ,,=",
    'Digest realm="r"', 'Digest nonce="n"', 'Digest realm="r", nonce="n", qop="auth-int"',
    'Digest realm="\xe9", nonce="n", opaque="o", qop="auth,auth-int"', "Negotiate",
)  # fmt: skip
WWW_AUTHENTICATE = _values(*CHALLENGES)
_LENGTHS = _values("0", "1", "10", "-1", "+5", "1_0", "1, 1", "1, 2", "9" * 30, "x", "", "0x10")
_TRANSFER = _values("chunked", "identity", "gzip, chunked", "chunked, chunked", "xchunked", "")


def headers(home: str) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Make the headers of a response, in order; names may repeat."""
    known = st.one_of(
        st.tuples(st.just("Content-Type"), CONTENT_TYPE),
        st.tuples(st.just("Content-Encoding"), CONTENT_ENCODING),
        st.tuples(st.just("Content-Length"), _LENGTHS),
        st.tuples(st.just("Transfer-Encoding"), _TRANSFER),
        st.tuples(st.just("Retry-After"), RETRY_AFTER),
        st.tuples(st.just("Location"), locations(home)),
        st.tuples(st.just("Set-Cookie"), SET_COOKIE),
        st.tuples(st.just("WWW-Authenticate"), WWW_AUTHENTICATE),
        st.tuples(st.just("Connection"), _values("close", "keep-alive", "upgrade", "Location")),
        st.tuples(st.sampled_from(("X-Request-Id", "x\xe9", "Link", "Date")) | _ascii, _latin),
    )
    return st.lists(known, max_size=4)
