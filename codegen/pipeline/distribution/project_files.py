"""The files that make a distribution of a package: pyproject.toml, README.md and so on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline import ir
from pipeline.load import keywords
from pipeline.load.manifest import Manifest
from pipeline.render.templating import environment

Files = dict[PurePosixPath, str]

_FIRST_VERSION = '__version__ = "1.0.0"\n'
_EXTENSIONS: dict[type[ir.Workflow], str] = {
    ir.Invocable: keywords.INVOKE,
    ir.Leasable: keywords.LEASE,
    ir.LongRunning: keywords.LONG_RUNNING,
    ir.Pageable: keywords.PAGEABLE,
    ir.Streamed: keywords.EVENT_STREAM,
}


@dataclass(frozen=True)
class _Distribution:
    """A distribution with its requirements.

    Attributes:
        module: Its package, or an empty string for a distribution without code.
        extras: Optional requirements, by extra.
    """

    name: str
    module: str
    description: str
    readme: str
    dependencies: list[str]
    extras: dict[str, list[str]]

    @property
    def folder(self) -> PurePosixPath:
        """The folder of its version, below its own."""
        return PurePosixPath("src", *self.module.split(".")) if self.module else PurePosixPath()


class ProjectFiles:
    """Renders the project files of each distribution, by path below the output folder."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._environment = environment(Path(__file__).parent / "templates", manifest)
        self._environment.filters["toml"] = _toml

    def pyprojects(self, api: ir.Api) -> Files:
        """Render the `pyproject.toml` of each distribution, which is written anew each time."""
        return {
            PurePosixPath("packages", each.name, "pyproject.toml"): self._render(
                "pyproject.toml.j2",
                distribution=each,
                version_file=each.folder / "_version.py",
                packages=f"src/{self._manifest.namespace.partition('.')[0]}",
            )
            for each in self._distributions(api)
        }

    def seeds(self, api: ir.Api) -> Files:
        """Render the files that are written once, and then kept by hand."""
        files: Files = {}
        for each in self._distributions(api):
            root = PurePosixPath("packages", each.name)
            files[root / each.folder / "_version.py"] = _FIRST_VERSION
            if each.module:
                files[root / each.folder / "py.typed"] = ""
            files[root / "README.md"] = each.readme
            files[root / "CHANGELOG.md"] = self._render("CHANGELOG.md.j2", distribution=each.name)
            if self._manifest.license == "MIT":
                files[root / "LICENSE"] = self._render("LICENSE.j2")
        return files

    def _distributions(self, api: ir.Api) -> Iterator[_Distribution]:
        core = f"{self._manifest.core.distribution}{self._manifest.core.requirement}"
        common = [core]
        if api.shared and not self._manifest.has_models_by_hand:
            yield self._models(api, core)
            common.append(f"{self._manifest.models}{self._manifest.requirement}")
        clients = [self._client(service, common) for service in api.services]
        yield from clients
        if self._manifest.umbrella is not None:
            yield self._umbrella(api, clients, core)

    def _models(self, api: ir.Api, core: str) -> _Distribution:
        module = f"{self._manifest.namespace}.models"
        titles = ", ".join(service.title for service in api.services)
        description = f"Models that are shared by: {titles}"
        readme = self._render("models_README.md.j2", module=module, services=api.services)
        return _Distribution(self._manifest.models, module, description, readme, [core], {})

    def _client(self, service: ir.Service, dependencies: list[str]) -> _Distribution:
        core, protocol = self._manifest.core, self._manifest.protocol
        extras = {
            extra: [f"{core.distribution}[{extra}]{core.requirement}"] for extra in core.extras
        }
        server = self._manifest.server
        extras["server"] = [f"{server.distribution}{server.requirement}"]
        for workflow in service.workflows:
            extras |= self._manifest.extras.get(_EXTENSIONS[type(workflow)], {})
        description = f"Typed client of the {service.title}" + (
            f" ({protocol})" if protocol else ""
        )
        workflows = [
            (type(each).__name__, each)
            for each in service.workflows
            if not isinstance(each, ir.Streamed)
        ]
        readme = self._render(
            "README.md.j2",
            service=service,
            example=_example(service.operations),
            extras=extras,
            workflows=workflows,
        )
        return _Distribution(
            service.distribution, service.module, description, readme, dependencies, extras
        )

    def _umbrella(self, api: ir.Api, clients: list[_Distribution], core: str) -> _Distribution:
        """Return the distribution that requires all clients, and passes their extras on."""
        umbrella = self._manifest.umbrella
        assert umbrella is not None  # noqa: S101  # the caller has checked it
        dependencies, extras = [core], dict[str, list[str]]()
        for client in clients:
            range_ = umbrella.exceptions.get(client.name, self._manifest.requirement)
            dependencies.append(f"{client.name}{range_}")
            for extra in client.extras:
                extras.setdefault(extra, []).append(f"{client.name}[{extra}]{range_}")
        protocol = self._manifest.protocol or self._manifest.prefix
        return _Distribution(
            umbrella.distribution,
            "",
            f"Typed clients of all {protocol} services in one install",
            self._render(
                "umbrella_README.md.j2",
                distribution=umbrella.distribution,
                services=api.services,
                has_models=bool(api.shared),
            ),
            dependencies,
            extras,
        )

    def _render(self, template: str, **context: Any) -> str:
        return self._environment.get_template(template).render(**context)


def _toml(text: str) -> str:
    """Return a basic string of TOML, which has no surrogates and escapes all control characters."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _example(operations: tuple[ir.Operation, ...]) -> str:
    """Return a call to show first: one without required arguments, if there is one."""

    def needs_arguments(operation: ir.Operation) -> bool:
        body = operation.body is not None and operation.body.required
        return body or any(parameter.required for parameter in operation.parameters)

    operation = min(operations, key=needs_arguments)
    return f"{operation.name}({'...' if needs_arguments(operation) else ''})"
