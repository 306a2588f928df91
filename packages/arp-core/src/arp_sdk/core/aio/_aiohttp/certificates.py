"""Certificates that the clients trust and present, as the files hold them now."""

from __future__ import annotations

import ssl
import warnings
from pathlib import Path

from requests.utils import DEFAULT_CA_BUNDLE_PATH, extract_zipped_paths
from urllib3.exceptions import InsecureRequestWarning

from arp_sdk.core._http.messages import Failure
from arp_sdk.core._transport.failures import files_unusable


class UnusableFileError(Exception):
    """A file of certificates that cannot be loaded.

    It is not an OSError, which aiohttp would take for an error of the connection.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Certificates:
    """A TLS context that is made anew when the files that it was made of have changed.

    Args:
        verify: Whether to check certificates, or the path of a CA bundle or folder.
        cert: Path of a client certificate, or (certificate, key).

    Attributes:
        key: The first context, by which aiohttp tells the connections that use these certificates.

    Raises:
        UnusableFileError: If a file is missing, or is not what it should be.
    """

    def __init__(self, verify: bool | str, cert: str | tuple[str, str] | None) -> None:
        self._trusted = extract_zipped_paths(DEFAULT_CA_BUNDLE_PATH) if verify is True else verify
        self._own = (cert,) if isinstance(cert, str) else cert or ()
        self._warned = False
        self._loaded = self._files()
        self._context = self.key = self._load()

    def context(self) -> ssl.SSLContext:
        """Return a context for a new connection.

        Raises:
            UnusableFileError: If a file is missing, or is not what it should be.
        """
        files = self._files()
        if files != self._loaded:
            self._context = self._load()
            # As they were before they were loaded: a change in between is noticed the next time.
            self._loaded = files
        return self._context

    def _files(self) -> list[object]:
        return [_identity(Path(path)) for path in (self._trusted, *self._own) if path]

    def _load(self) -> ssl.SSLContext:
        context = self._trusting()
        if not self._own:
            return context
        certificate, key = self._own if len(self._own) == 2 else (self._own[0], None)
        try:
            # Without a callback, OpenSSL would ask for a passphrase at the terminal.
            context.load_cert_chain(certificate, key, password=_no_passphrase)
        except (OSError, ValueError) as error:
            failure = _unusable("the client certificate", ", ".join(self._own), error)
        else:
            return context
        raise UnusableFileError(failure)

    def _trusting(self) -> ssl.SSLContext:
        if not self._trusted:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self._warn()
            return context
        path = str(self._trusted)
        try:
            if Path(path).is_dir():
                return ssl.create_default_context(capath=path)
            return ssl.create_default_context(cafile=path)
        except (OSError, ValueError) as error:
            failure = _unusable("the CA bundle", path, error)
        raise UnusableFileError(failure)

    def _warn(self) -> None:
        if not self._warned:
            self._warned = True
            warnings.warn(
                "certificates are not checked (verify=False): anybody on the way can read and "
                "change what is sent",
                InsecureRequestWarning,
                stacklevel=2,
            )


class CertificateStore:
    """The certificates of a client, by what it was told to trust and to present."""

    def __init__(self) -> None:
        self._by_setting: dict[object, Certificates] = {}
        self._by_key: dict[ssl.SSLContext, Certificates] = {}

    def get(self, verify: bool | str, cert: str | tuple[str, str] | None) -> Certificates:
        """Return the certificates, which are loaded at first.

        Raises:
            UnusableFileError: If a file is missing, or is not what it should be.
        """
        setting = (verify, cert)
        found = self._by_setting.get(setting)
        if found is None:
            found = self._by_setting[setting] = Certificates(verify, cert)
            self._by_key[found.key] = found
        return found

    def current(self, key: ssl.SSLContext) -> ssl.SSLContext:
        """Return the context to make a new connection with, of the certificates with a key.

        Raises:
            UnusableFileError: If a file is missing, or is not what it should be.
        """
        found = self._by_key.get(key)
        return key if found is None else found.context()


def _identity(path: Path) -> object:
    """Tell a file, or the files of a folder, from what was at the path before."""
    try:
        found = [path.stat()]
        if path.is_dir():
            found += [entry.stat() for entry in path.iterdir()]
    except OSError:
        return None
    return [(file.st_dev, file.st_ino, file.st_mtime_ns, file.st_size) for file in found]


def _no_passphrase() -> str:
    raise ValueError("the key is encrypted")


def _unusable(what: str, path: str, error: OSError | ValueError) -> Failure:
    if not isinstance(error, OSError):
        reason = "the key needs a passphrase"
    elif isinstance(error, ssl.SSLError):
        reason = (error.reason or "not in PEM format").replace("_", " ").lower()
    else:
        reason = error.strerror or type(error).__name__
    cause = OSError(error.errno, reason, path) if isinstance(error, OSError) else OSError(reason)
    return files_unusable(f"{what} {path} cannot be loaded: {reason}", cause)
