"""Certificates: what `verify=` and `cert=` accept, and SSL contexts that follow their files."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.util import ssl_

from arp_sdk.errors import ArpConfigError

from .failures import reason, safe_cause

if TYPE_CHECKING:
    from typing_extensions import TypeIs
else:
    from typing import TypeGuard as TypeIs

# truststore and gevent replace the class, and may do so later.
_ORIGINAL = ssl.SSLContext

Verify = bool | str | ssl.SSLContext
Cert = str | tuple[str, str]

# Contexts kept: more than any program has pairs of trust and identity at work.
_LIMIT = 16


class CertificateFileError(OSError):
    """A CA bundle, client certificate or key that cannot be loaded.

    Attributes:
        message: In a sentence that names the file.
        cause: The reason, as an exception without secrets.
    """

    def __init__(self, message: str, cause: OSError) -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause


def is_context(verify: object) -> TypeIs[ssl.SSLContext]:
    """Return whether `verify=` is an SSL context."""
    return isinstance(verify, (_ORIGINAL, ssl.SSLContext))


def checked_verify(verify: Any) -> Verify | None:
    """Return `verify=` with a path as a string; None stands for `requests`' own choice.

    Raises:
        ArpConfigError: If it is of another type, or is empty: `requests` would take `""` and `0`
            for False, and check no certificate at all.
    """
    if isinstance(verify, os.PathLike):
        verify = os.fspath(verify)
    if verify is None or isinstance(verify, bool) or is_context(verify):
        return verify
    if isinstance(verify, str) and verify:
        return verify
    given = repr(verify) if verify == "" or isinstance(verify, int) else type(verify).__name__
    raise ArpConfigError(
        "verify must be True, False, the path of a CA bundle or an ssl.SSLContext, "
        f"not {given}; only False turns certificate checks off"
    )


def checked_cert(cert: Any) -> Cert | None:
    """Return `cert=` with its paths as strings."""
    if cert is None:
        return None
    paths = list(cert) if isinstance(cert, (tuple, list)) else [cert]
    given = [os.fspath(path) if isinstance(path, os.PathLike) else path for path in paths]
    if len(given) in (1, 2) and all(isinstance(path, str) and path for path in given):
        return given[0] if len(given) == 1 else (given[0], given[1])
    raise ArpConfigError("cert must be the path of a certificate, or (certificate, key)")


class SslContexts:
    """SSL contexts by what they are made of, made anew once one of their files has changed."""

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], tuple[tuple[Any, ...], ssl.SSLContext]] = {}

    def get(self, verify: bool | str, cert: Cert | None) -> ssl.SSLContext:
        """Return the context for a new connection."""
        bundle = _bundle(verify)
        files = [
            *((bundle,) if bundle else ()),
            *((cert,) if isinstance(cert, str) else cert or ()),
        ]
        state = tuple(map(_state, files))
        key = (verify, cert, vars(ssl_)["SSLContext"])
        made = self._made.get(key)
        if made is None or made[0] != state:
            made = state, _new_context(bundle, cert)
            if len(self._made) >= _LIMIT:
                self._made.clear()
            self._made[key] = made
        return made[1]


CONTEXTS = SslContexts()


def _bundle(verify: bool | str) -> str | None:
    return DEFAULT_CA_BUNDLE_PATH if verify is True else verify or None


def _state(path: str) -> tuple[Any, ...]:
    try:
        found = Path(path).stat()
    except OSError:
        return (path,)
    # A folder's changes when a file is added, removed or replaced.
    return path, found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev


def _new_context(bundle: str | None, cert: Cert | None) -> ssl.SSLContext:
    context = ssl_.create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if bundle else ssl.CERT_NONE)
    context.set_alpn_protocols(["http/1.1"])
    what = ""
    try:
        if bundle:
            what = f"the CA bundle {bundle!r}"
            folder = Path(bundle).is_dir()
            context.load_verify_locations(
                cafile=None if folder else bundle, capath=bundle if folder else None
            )
        if cert:
            certificate, key = (cert, None) if isinstance(cert, str) else cert
            what = f"the client certificate {certificate!r}"
            what = f"{what} with the key {key!r}" if key else what
            context.load_cert_chain(certificate, key, _refuse_to_ask)
    except OSError as error:
        failed = CertificateFileError(
            f"{what} cannot be loaded: {reason([error])}", _shown_cause(error)
        )
    else:
        return context
    raise failed


def _refuse_to_ask() -> str:
    """Stand in for OpenSSL's own question, which it asks on the terminal."""
    raise OSError(0, "the key is encrypted")


def _shown_cause(error: OSError) -> OSError:
    cause = safe_cause([error])
    return cause if isinstance(cause, OSError) else OSError(reason([error]))
