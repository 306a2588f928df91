"""Intermediate representation -> the source text of packages, by the templates.

Everything that a template needs is worked out here, so that the templates hold layout only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline import ir
from pipeline.load.manifest import CommandLine, Manifest
from pipeline.names import snake

from . import python_source as source
from .commands import commands, definitions_of
from .templating import environment

Files = dict[PurePosixPath, str]


class Packages:
    """Renders the modules of a contract's packages, by path below the output folder."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._environment = environment(Path(__file__).parent / "templates", manifest)
        self._environment.globals.update(server=False, aio=False, prefix="")

    def modules(self, api: ir.Api, documents: Mapping[str, str]) -> Files:
        """Render the shared models, the clients and the server sides.

        Args:
            api: The contract.
            documents: Its OpenAPI documents, each in one piece, by the slug of the service.
        """
        files: Files = {}
        if api.shared:
            folder = _source_folder(self._manifest.models, f"{self._manifest.namespace}.models")
            files |= self._shared_models(api.shared, folder)
        for service in api.services:
            folder = _source_folder(service.distribution, service.module)
            files |= self._client(service, folder, api)
            files[folder / "server.py"] = self._server(service)
            files[folder / "openapi.json"] = documents[service.slug]
        return files

    def command_line(self, api: ir.Api, command_line: CommandLine) -> Files:
        """Render the commands of each service."""
        module = command_line.module
        folder = _source_folder(command_line.distribution, module) / "_generated"
        folder /= command_line.folder
        files = {
            folder / f"{snake(service.slug)}.py": self._render(
                "commands.py.j2",
                service=service,
                module=module,
                commands=commands(service, definitions_of(api)),
            )
            for service in api.services
        }
        files[folder / "__init__.py"] = self._render(
            "commands_init.py.j2",
            services=api.services,
            module=module,
            package=".".join(filter(None, (f"{module}._generated", command_line.folder))),
        )
        return files

    def _shared_models(self, modules: tuple[ir.Module, ...], folder: PurePosixPath) -> Files:
        package = f"{self._manifest.namespace}.models"
        files = {
            folder / f"{module.name.rpartition('.')[2]}.py": self._module(module, package, "")
            for module in modules
        }
        exports = {
            module.name.rpartition(".")[2]: [definition.name for definition in module.definitions]
            for module in modules
        }
        files[folder / "__init__.py"] = self._render("models_init.py.j2", exports=exports)
        return files

    def _client(self, service: ir.Service, folder: PurePosixPath, api: ir.Api) -> Files:
        files: Files = {}
        if service.models is not None:
            doc = f"Models of the {service.title} that no other service uses."
            files[folder / "models.py"] = self._module(service.models, service.module, doc)
        workflow_types = [
            type_ for workflow in service.workflows for type_ in source.types_in(workflow)
        ]
        workers = [
            each.events
            for each in service.workflows
            if isinstance(each, ir.LongRunning) and each.worker and each.events
        ]
        context = {
            "service": service,
            # The first method of an operation is not a stream, if it has another one.
            "constants": {each.id: each.constant for each in reversed(service.operations)},
            "operations_in_order": _lookups_first(service.operations),
            "kinds": [type(workflow).__name__ for workflow in service.workflows],
            "streamed": _streamed(service),
            # The events of workers are numbered as other services say.
            "numberings": {
                each.operation.id: each
                for other in api.services
                for each in other.workflows
                if isinstance(each, ir.Streamed) and each.operation in workers
            },
            # Work refers to the numbering of its events.
            "workflows_in_order": sorted(
                service.workflows, key=lambda each: isinstance(each, ir.LongRunning)
            ),
            "imports": source.imports(
                [
                    *_operation_types(service),
                    *workflow_types,
                    *(type_ for each in workers for type_ in ir.types_of(each)),
                ],
                "",
                service.module,
            ),
        }
        for module, template in (
            ("__init__", "init"), ("operations", "operations"), ("_client", "client"),
            ("_raw", "raw"),
        ):  # fmt: skip
            files[folder / f"{module}.py"] = self._render(f"{template}.py.j2", **context)
        for template in ("client", "raw"):
            files[folder / f"_async_{template}.py"] = self._render(
                f"{template}.py.j2", **context, aio=True, prefix="Async"
            )
        return files

    def _server(self, service: ir.Service) -> str:
        return self._render(
            "server.py.j2",
            service=service,
            service_class=f"{service.client.removesuffix('Client')}Service",
            numbered=[
                (each.operation.name, source.workflow_constant(each))
                for each in service.workflows
                if isinstance(each, ir.Streamed)
            ],
            imports=source.imports(_operation_types(service), "", ""),
        )

    def _module(self, module: ir.Module, package: str, doc: str) -> str:
        types = [named for definition in module.definitions for named in ir.references(definition)]
        return self._render(
            "models.py.j2",
            doc=doc,
            module=module,
            formats=sorted(
                {d.formats for d in module.definitions if isinstance(d, ir.Model) and d.formats}
            ),
            kinds={definition.name: type(definition).__name__ for definition in module.definitions},
            imports=source.imports(types, module.name, package),
        )

    def _render(self, template: str, **context: Any) -> str:
        return self._environment.get_template(template).render(**context)


def _source_folder(distribution: str, module: str) -> PurePosixPath:
    return PurePosixPath("packages") / distribution / "src" / PurePosixPath(*module.split("."))


def _operation_types(service: ir.Service) -> list[ir.Type | None]:
    return [type_ for operation in service.operations for type_ in ir.types_of(operation)]


def _lookups_first(operations: tuple[ir.Operation, ...]) -> list[ir.Operation]:
    """Sort operations so that one that refers to another's constant comes after it."""
    return sorted(operations, key=lambda operation: operation.effect_key is not None)


def _streamed(service: ir.Service) -> dict[str, str]:
    """Return the source text of each stream's `Streamed` constant, or `None`, by method."""
    found = {operation.name: "None" for operation in service.operations if operation.streams}
    for workflow in service.workflows:
        if isinstance(workflow, ir.Streamed):
            found[workflow.operation.name] = f"_operations.{source.workflow_constant(workflow)}"
    return found
