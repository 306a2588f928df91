"""Stages 3 and 4 together: a contract -> its services and shared models."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from . import ir, names
from .load import Contract
from .placement import Placement
from .resolve import Node
from .schemas import Schemas
from .services import Operations, api_root


@dataclass(frozen=True)
class Project:
    """What cannot be derived from a contract (the manifest).

    Attributes:
        namespace: The namespace package, such as `arp_sdk`.
        prefix: Of every distribution, such as `arp`.
        core_requirement: The range of arp-core that the generated packages work with.
        python: The oldest Python.
        license: SPDX expression.
        authors: Names.
        urls: By label.
        extras: Optional requirements by distribution and extra.
    """

    namespace: str
    prefix: str
    core_requirement: str
    python: str
    license: str
    authors: tuple[str, ...]
    urls: dict[str, str]
    extras: dict[str, dict[str, list[str]]]


@dataclass(frozen=True)
class Api:
    """The intermediate representation of a whole contract."""

    services: tuple[ir.Service, ...]
    shared: tuple[ir.Module, ...]


def read_contract(contract: Contract, project: Project) -> Api:
    """Turn the documents and schemas into services and models."""
    api, circular = _read(contract, project, one_module=False)
    return _read(contract, project, one_module=True)[0] if circular else api


def _read(contract: Contract, project: Project, one_module: bool) -> tuple[Api, bool]:
    modules = {
        path.as_uri(): f"{project.namespace}.{names.snake(slug)}.models"
        for slug, path in contract.documents.items()
    }
    placement = Placement(project.namespace, modules, one_module)
    schemas = Schemas(placement)
    # All shared schemas, in the order of their paths: which service comes first changes nothing.
    for path in contract.schemas:
        node = Node.of_file(contract.root, path)
        if not node.is_bare_reference:
            schemas.type_of(node, "")
    documents = {
        slug: Node.of_file(contract.root, path) for slug, path in contract.documents.items()
    }
    operations = {slug: Operations(node, schemas).read() for slug, node in documents.items()}
    defined = {module.name: module for module in placement.modules()}
    services = tuple(
        _service(slug, node, operations[slug], defined.pop(modules[node.uri], None), project)
        for slug, node in documents.items()
    )
    return Api(services, tuple(defined.values())), placement.is_circular


def _service(
    slug: str,
    node: Node,
    operations: tuple[ir.Operation, ...],
    models: ir.Module | None,
    project: Project,
) -> ir.Service:
    info = node["info"]
    module = names.snake(slug)
    return ir.Service(
        slug=slug,
        title=info.text("title"),
        doc=info.text("description"),
        module=f"{project.namespace}.{module}",
        client=f"{names.pascal(module)}Client",
        distribution=f"{project.prefix}-{slug}",
        url_variable=f"{project.prefix}_{module}_url".upper(),
        api_root=api_root(list(node["paths"].value)),
        operations=operations,
        models=models,
        document=Path(node.path).name,
    )
