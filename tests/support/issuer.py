"""A minimal identity provider: client credentials and token exchange of OAuth 2."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
FORBIDDEN = "forbidden"
"""The client, or the subject of a token, that gets no token."""


class Issuer:
    """Issues tokens to any client. Attributes:

    url: The issuer's identifier and base URL.
    requests: The form of each request for a token, with `client` added.
    lifetime: Seconds for which a token is valid.
    """

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.requests: list[dict[str, str]] = []
        self.lifetime = 300
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/realm"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def token_endpoint(self) -> str:
        return f"{self.url}/token"

    @property
    def keys_url(self) -> str:
        return f"{self.url}/keys"

    def keys(self) -> dict[str, Any]:
        public = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "1", "use": "sig", "alg": "RS256"}]}

    def token(
        self, audience: str, *, subject: str = "test", lifetime: int = 300, **claims: Any
    ) -> str:
        """Return a token for a service, as signed as any."""
        now = int(time.time())
        payload = {
            "iss": self.url, "sub": subject, "aud": audience, "iat": now, "exp": now + lifetime,
            "jti": uuid.uuid4().hex, **claims,
        }  # fmt: skip
        return jwt.encode(payload, self._key, algorithm="RS256", headers={"kid": "1"})

    def grant(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Return the status and the body of the response to a request for a token."""
        self.requests.append(form)
        subject = form["client"]
        if form.get("grant_type") == EXCHANGE:
            key, given = self._key.public_key(), form["subject_token"]
            claims = jwt.decode(given, key, ["RS256"], options={"verify_aud": False})
            subject = claims["sub"]
        elif form.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        if subject == FORBIDDEN:
            return 403, {"error": "access_denied", "error_description": "not allowed"}
        token = self.token(form.get("audience", ""), subject=subject, lifetime=self.lifetime)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def issuing() -> Iterator[Issuer]:
    """Run an issuer on a free loopback port."""
    issuer = Issuer()
    try:
        yield issuer
    finally:
        issuer.close()


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self._reply(200, issuer.keys())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
            if scheme == "Basic":
                form["client"] = base64.b64decode(encoded).decode().partition(":")[0]
            else:
                form["client"] = form.get("client_id", "")
            self._reply(*issuer.grant(form))

        def _reply(self, status: int, value: Any) -> None:
            content = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler
