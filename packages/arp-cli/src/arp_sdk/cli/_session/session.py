"""The clients of a command, and where their addresses and tokens come from."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import click

from arp_sdk.cli._contract import Service
from arp_sdk.cli._failure import Problem

from .contexts import CONTEXT_VARIABLE, Contexts, TokenCommand, TokenVariable, environment_lock
from .lines import ALL_SERVICES, LINES, V0_1, Line, line_of
from .runs import Runs

if TYPE_CHECKING:
    from arp_sdk.core import Client
    from arp_sdk.daemon import DaemonClient
    from arp_sdk.models import RunStatus
    from arp_sdk.tool_registry import ToolRegistryClient

C = TypeVar("C", bound="Client")
Token = TokenCommand | TokenVariable
_TOKEN_VARIABLE = "ARP_TOKEN"  # noqa: S105  # a name, not a token
_WORKER_TOKEN_VARIABLE = "ARP_WORKER_TOKEN"  # noqa: S105
_NODE_TYPE_VARIABLE = "ARP_NODE_TYPE"
PAGE_PORT = 8003
# The ports of `arp dev`.
DEVELOPMENT = {"daemon": 8000, "runtime": 8001, "tool-registry": 8002}


class Source(NamedTuple):
    """The origin of all addresses and tokens of a command, which are never mixed.

    Attributes:
        token: The credentials for these services.
        worker_token: The credentials for the services that these name, such as the runtimes of a
            daemon.
        node_type: The node type that runs of ARP 0.3 execute by default, as `ID@VERSION`.
    """

    name: str
    urls: dict[str, str]
    token: Token | None = None
    worker_token: Token | None = None
    node_type: str = ""

    @property
    def line(self) -> Line:
        """The line of the standard that the everyday commands work with."""
        given = [line for line in LINES if any(each.slug in self.urls for each in line.services)]
        return next((line for line in given if self.runs_service(line)), (*given, V0_1)[0])

    def runs_service(self, line: Line) -> str:
        """Return the service of a line that runs are submitted to, or an empty string."""
        return next((slug for slug in line.runs if slug in self.urls), "")


def find_source(context: str | None) -> Source:
    """Return the addresses that a command uses.

    These are the first of: the context that the command or ARP_CONTEXT names, the addresses in the
    environment, the current context, and the addresses of `arp dev`.
    """
    name = context or os.environ.get(CONTEXT_VARIABLE)
    urls = {
        service.slug: os.environ[service.url_variable]
        for service in ALL_SERVICES
        if os.environ.get(service.url_variable)
    }
    if urls and not name:
        return Source(
            "the environment",
            urls,
            _variable(_TOKEN_VARIABLE),
            _variable(_WORKER_TOKEN_VARIABLE),
            os.environ.get(_NODE_TYPE_VARIABLE, ""),
        )
    contexts = Contexts()
    name = name or contexts.current
    if not name:
        urls = {slug: f"http://127.0.0.1:{port}" for slug, port in DEVELOPMENT.items()}
        return Source("arp dev", urls)
    settings = contexts.get(name)
    return Source(
        f"the context {name}",
        {each.slug: settings[each.url_key] for each in ALL_SERVICES if each.url_key in settings},
        _token(settings, "token"),
        _token(settings, "worker_token"),
        settings.get("node_type", ""),
    )


def _variable(name: str) -> Token | None:
    return TokenVariable(name) if os.environ.get(name) else None


def _token(settings: dict[str, str], name: str) -> Token | None:
    if command := settings.get(f"{name}_command"):
        return TokenCommand(command)
    variable = settings.get(f"{name}_env")
    return TokenVariable(variable) if variable else None


def client_class(service: Service) -> type[Client]:
    """Import the client of a service."""
    try:
        return cast("type[Client]", getattr(import_module(service.module), service.client))
    except ModuleNotFoundError:
        pass
    extra = line_of(service.slug).extra
    raise Problem(
        f"The client of the {service.slug} is not installed.",
        f'python3 -m pip install "arp-cli[{extra}]"'
        if extra
        else f"python3 -m pip install {service.distribution}",
    )


def check_address(service: Service, url: str) -> None:
    """Check the URL of a service, without connecting."""
    with without_token():
        client_class(service)(url).close()


class Session:
    """The clients of one command, which are closed at its end."""

    def __init__(self, context: click.Context) -> None:
        self._context = context.find_root()
        self._source: Source | None = None
        self._clients: list[Client] = []

    def close(self) -> None:
        """Close the clients."""
        for client in self._clients:
            client.close()

    @classmethod
    def current(cls) -> Session:
        """Return the session of the command that is running."""
        return cls.of(click.get_current_context())

    @classmethod
    def of(cls, context: click.Context) -> Session:
        """Return the session of a command."""
        session = context.meta.get(__name__)
        if session is None:
            session = context.meta[__name__] = cls(context)
            context.find_root().call_on_close(session.close)
        return cast(Session, session)

    @property
    def source(self) -> Source:
        """The origin of the addresses."""
        if self._source is None:
            self._source = find_source(self._context.params.get("context"))
        return self._source

    @property
    def daemon(self) -> DaemonClient:
        """A client of the daemon."""
        return cast("DaemonClient", self.client("daemon"))

    @property
    def tools(self) -> ToolRegistryClient:
        """A client of the tool registry."""
        return cast("ToolRegistryClient", self.client("tool-registry"))

    @property
    def runs(self) -> Runs:
        """The runs of the service that they are submitted to."""
        line = self.source.line
        slug = self.source.runs_service(line) or line.runs[0]
        with_results = line.runs[-1] if line.runs[-1] in self.source.urls else slug
        # In ARP 0.1, each service has the results of its runs.
        source = None if line is V0_1 or slug == with_results else self.client(with_results)
        return Runs(line, _service(slug), self.client(slug), source)

    def client(self, slug: str, **options: Any) -> Client:
        """Return a client of a service."""
        service = _service(slug)
        url = self.source.urls.get(slug)
        if url is None:
            self.require(line_of(slug))
            raise Problem(
                f"The address of the {slug} is not known to {self.source.name}.",
                f"Set {service.url_variable}, or arp context add NAME --{slug}-url URL",
            )
        kind = client_class(service)
        if self.source.worker_token is not None:
            options["worker_auth"] = self.source.worker_token
        token = self.source.token
        token = token.of(slug) if isinstance(token, TokenCommand) else token
        return self._opened(kind, url, token, options)

    def require(self, line: Line) -> None:
        """Check that the command that is running has operations, which those of `line` have."""
        command, used = self._context.invoked_subcommand or "", self.source.line
        if used is not line and command in used.instead:
            what = f"There is no arp {command} in {used.name}, the line of {self.source.name}."
            raise Problem(what, used.instead[command])

    def worker(self, status: RunStatus) -> Runs | None:
        """Return the runs of the runtime that executes one of the daemon, or None if unknown.

        Its client gets the credentials for workers only.
        """
        for instance in self.daemon.list_instances().instances:
            if instance.instance_id == status.runtime_instance_id:
                from arp_sdk.runtime import RuntimeClient

                url = str(instance.runtime_api_endpoint)
                client = self._opened(RuntimeClient, url, self.source.worker_token, {})
                return Runs(V0_1, _service("runtime"), client)
        return None

    def _opened(self, kind: type[C], url: str, token: Token | None, options: dict[str, Any]) -> C:
        with without_token():
            client = kind(url, auth=token, **options)
        self._clients.append(client)
        return client


def _service(slug: str) -> Service:
    return next(each for each in ALL_SERVICES if each.slug == slug)


class without_token:  # noqa: N801  # it is used as a function
    """Hide ARP_TOKEN, which a client without credentials would take."""

    # Not a generator: a traceback would show its locals.

    def __enter__(self) -> None:
        environment_lock.acquire()
        self._hidden = {
            name: os.environ.pop(name) for name in (_TOKEN_VARIABLE,) if name in os.environ
        }

    def __exit__(self, *error: object) -> None:
        os.environ.update(self._hidden)
        environment_lock.release()
