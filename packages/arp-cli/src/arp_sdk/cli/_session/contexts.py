"""Named contexts: the addresses of services, and a way to get a token, but no token."""

from __future__ import annotations

import os
import re
import shlex
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from arp_sdk.cli._failure import Problem

CONFIG_VARIABLE = "ARP_CONFIG"
CONTEXT_VARIABLE = "ARP_CONTEXT"
SERVICE_VARIABLE = "ARP_SERVICE"
_NAME = re.compile(r"[\w.-]+")

Context = dict[str, str]
# Held while a variable with a token is hidden, or read.
environment_lock = threading.Lock()


def config_file() -> Path:
    """Return the path of the file with the contexts."""
    given = os.environ.get(CONFIG_VARIABLE)
    return Path(given) if given else Path(click.get_app_dir("arp")) / "config.toml"


class Contexts:
    """The contexts in the user's file; `current` is empty if none is used by default."""

    current: str
    named: dict[str, Context]

    def __init__(self) -> None:
        self._path = config_file()
        data = self._read()
        self.current = str(data.get("current", ""))
        self.named = {
            name: {key: str(value) for key, value in settings.items()}
            for name, settings in data.get("contexts", {}).items()
            if isinstance(settings, dict)
        }

    def get(self, name: str) -> Context:
        """Return a context."""
        if name not in self.named:
            raise Problem(f"There is no context {name!r} in {self._path}.", "arp context list")
        return self.named[name]

    def add(self, name: str, settings: Context) -> None:
        """Add or replace a context. The first one becomes the current one."""
        if not _NAME.fullmatch(name):
            raise Problem(f"{name!r} cannot be the name of a context.", "Use letters and digits.")
        self.named[name] = settings
        self.current = self.current or name

    def remove(self, name: str) -> None:
        """Remove a context."""
        self.get(name)
        del self.named[name]
        if self.current == name:
            self.current = ""

    def save(self) -> None:
        """Write the file, which only its owner can read. It is replaced as a whole."""
        import tomli_w

        text = tomli_w.dumps({"current": self.current, "contexts": self.named})
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=".config")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(self._path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise

    def _read(self) -> dict[str, Any]:
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib

        try:
            return tomllib.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            # The context manager of the file would show a secret that somebody wrote into it.
            reason = str(error).partition(" (")[0]
        raise Problem(f"{self._path} is not TOML: {reason}.", "Correct the file, or remove it.")


class TokenCommand:
    """A bearer token that a program prints, such as that of a password manager.

    Args:
        command: The program with its arguments, as in a shell.
        service: The service that the token is for; the program finds it in ARP_SERVICE.
    """

    def __init__(self, command: str, service: str = "") -> None:
        self._command = command
        self._service = service

    def __repr__(self) -> str:
        return f"TokenCommand({self._command!r}, {self._service!r})"

    def of(self, service: str) -> TokenCommand:
        """Return the command for the token of a service."""
        return TokenCommand(self._command, service)

    def __call__(self) -> str:
        """Run the program and return the first line that it prints."""
        import subprocess

        windows = sys.platform == "win32"
        command = self._command if windows else shlex.split(self._command)
        with environment_lock:
            environment = {**os.environ, SERVICE_VARIABLE: self._service}
        reason = "prints nothing"
        try:
            # Its output is in no variable: a traceback would show the locals.
            return next(
                line.strip()
                for line in subprocess.run(  # noqa: S603  # the user's own command
                    command, stdout=subprocess.PIPE, check=True, text=True, env=environment
                ).stdout.splitlines()
                if line.strip()
            )
        except StopIteration:
            pass
        except subprocess.CalledProcessError as error:
            reason = f"ended with exit code {error.returncode}"
        except OSError as error:
            reason = f"cannot be started: {error.strerror}"
        raise Problem(
            f"The token command of the context {reason}: {self._command}",
            "Run it by hand, and correct the context: arp context add",
        )


class TokenVariable:
    """A bearer token in an environment variable."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self) -> str:
        """Return the token."""
        with environment_lock:
            if os.environ.get(self._name):
                return os.environ[self._name]
        raise Problem(
            f"The environment variable {self._name} of the context is not set.",
            "Set it to a token.",
        )
