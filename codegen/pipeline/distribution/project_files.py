"""The files that make a distribution of a package: pyproject.toml, README.md and so on."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline import ir
from pipeline.load.manifest import Manifest, Umbrella
from pipeline.render.templating import environment

Files = dict[PurePosixPath, str]

_FIRST_VERSION = '__version__ = "1.0.0"\n'
_UMBRELLA_VERSION = "_version.py"


class ProjectFiles:
    """Renders the project files of each distribution, by path below the output folder."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._environment = environment(Path(__file__).parent / "templates", manifest)
        self._environment.filters["toml"] = _toml

    def pyprojects(self, api: ir.Api) -> Files:
        """Render the `pyproject.toml` of each distribution, which is written anew each time."""
        settings = {service.distribution: self._client(service) for service in api.services}
        if self._manifest.umbrella is not None:
            umbrella = self._manifest.umbrella
            settings[umbrella.distribution] = self._umbrella(api, umbrella)
        root = PurePosixPath("packages")
        return {root / name / "pyproject.toml": text for name, text in settings.items()}

    def seeds(self, api: ir.Api) -> Files:
        """Render the files that are written once, and then kept by hand."""
        files: Files = {}
        for service in api.services:
            root = PurePosixPath("packages") / service.distribution
            folder = root / "src" / PurePosixPath(*service.module.split("."))
            files[folder / "_version.py"] = _FIRST_VERSION
            files[folder / "py.typed"] = ""
            files[root / "README.md"] = self._render(
                "README.md.j2", service=service, example=_example(service.operations)
            )
            files |= self._common(root)
        if self._manifest.umbrella is not None:
            root = PurePosixPath("packages") / self._manifest.umbrella.distribution
            files[root / _UMBRELLA_VERSION] = _FIRST_VERSION
            files[root / "README.md"] = self._render(
                "umbrella_README.md.j2", distribution=root.name, services=api.services
            )
            files |= self._common(root)
        return files

    def _common(self, root: PurePosixPath) -> Files:
        return {
            root / "CHANGELOG.md": self._render("CHANGELOG.md.j2", distribution=root.name),
            root / "LICENSE": self._render("LICENSE.j2"),
        }

    def _client(self, service: ir.Service) -> str:
        core, range_ = self._manifest.core, self._manifest.core_requirement
        passed_on = {extra: [f"{core}[{extra}]{range_}"] for extra in self._manifest.core_extras}
        return self._render(
            "pyproject.toml.j2",
            distribution=service.distribution,
            description=f"Typed client of the {service.title} (Agent Runtime Protocol)",
            dependencies=[f"{core}{range_}"],
            extras={**passed_on, **self._manifest.extras.get(service.distribution, {})},
            version_file=f"src/{service.module.replace('.', '/')}/_version.py",
            packages=f"src/{self._manifest.namespace}",
        )

    def _umbrella(self, api: ir.Api, umbrella: Umbrella) -> str:
        """Render the pyproject.toml of the umbrella, whose extras are those of the clients."""
        dependencies = [f"{self._manifest.core}{self._manifest.core_requirement}"]
        extras: dict[str, list[str]] = {}
        for name in (service.distribution for service in api.services):
            dependencies.append(f"{name}{umbrella.requirement(name)}")
            for extra in (*self._manifest.core_extras, *self._manifest.extras.get(name, {})):
                extras.setdefault(extra, []).append(f"{name}[{extra}]{umbrella.requirement(name)}")
        return self._render(
            "pyproject.toml.j2",
            distribution=umbrella.distribution,
            description="Typed clients of all Agent Runtime Protocol services in one install",
            dependencies=dependencies,
            extras=extras,
            version_file=_UMBRELLA_VERSION,
            packages=None,
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
