"""Stages 3 and 4 together: a contract -> its services and shared models."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

from pipeline import ir, names
from pipeline.errors import ContractError
from pipeline.load.documents import Contract
from pipeline.load.references import Library, Node

from .operations import Operations, api_root
from .placement import Placement, names_in, references, types_of
from .schema_kinds import says_nothing
from .schemas import Schemas

# What the other packages of the namespace are called.
_CORE_PACKAGES = frozenset({"core", "errors", "models", "schema"})


@dataclass(frozen=True)
class Servers:
    """Where the server sides of the services go.

    Attributes:
        distribution: A folder of `packages/` that is otherwise written by hand.
        module: Its package, which holds what they are made of.
    """

    distribution: str
    module: str


@dataclass(frozen=True)
class Umbrella:
    """The distribution without code that requires core and all clients.

    Attributes:
        distribution: Its name.
        clients: The range of every client that it works with.
        exceptions: Other ranges, by distribution.
    """

    distribution: str
    clients: str
    exceptions: dict[str, str]

    def requirement(self, distribution: str) -> str:
        """The range of a client."""
        return self.exceptions.get(distribution, self.clients)


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
        urls: By label; `{distribution}` in one stands for the distribution's name.
        core_extras: Extras of the core that every client passes on.
        extras: Optional requirements by distribution and extra.
        servers: Where the server sides go, or None where none are wanted.
        umbrella: The distribution that requires all others, or None where none is wanted.
    """

    namespace: str
    prefix: str
    core_requirement: str
    python: str
    license: str
    authors: tuple[str, ...]
    urls: dict[str, str]
    core_extras: tuple[str, ...]
    extras: dict[str, dict[str, list[str]]]
    servers: Servers | None = None
    umbrella: Umbrella | None = None

    @property
    def core(self) -> str:
        """The distribution that all clients share."""
        return f"{self.prefix}-core"


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
    library = Library(contract)
    documents = {slug: library.node(path) for slug, path in contract.documents.items()}
    modules = _modules(documents, project)
    placement = Placement(project.namespace, modules, one_module)
    schemas = Schemas(placement)
    # All shared schemas, in the order of their paths: which service comes first changes nothing.
    for path in contract.schemas:
        _define_file(library.node(path), schemas)
    for node in documents.values():
        if "components" in node:
            schemas.define_all(node["components"], "schemas")
    readers = {slug: Operations(node, schemas) for slug, node in documents.items()}
    operations = {slug: reader.read() for slug, reader in readers.items()}
    schemas.check()
    defined = {module.name: module for module in placement.modules()}
    services = tuple(
        _service(
            slug,
            node,
            operations[slug],
            defined.pop(modules[node.uri], None),
            readers[slug],
            project,
        )
        for slug, node in documents.items()
    )
    shared = tuple(defined.values())
    _check_shared(shared, placement)
    for service, node in zip(services, documents.values(), strict=True):
        _check_names(service, node, shared, placement)
    return Api(services, shared), placement.is_circular


def _define_file(node: Node, schemas: Schemas) -> None:
    for key in ("$defs", "definitions"):
        schemas.define_all(node, key)
    holds_definitions_only = isinstance(node.value, dict) and says_nothing(node)
    if not node.is_bare_reference and not holds_definitions_only:
        schemas.type_of(node, "")


def _modules(documents: dict[str, Node], project: Project) -> dict[str, str]:
    """The module of each document's own models, by the document's URI."""
    modules: dict[str, str] = {}
    for slug, node in documents.items():
        package = names.snake(slug)
        if not re.fullmatch(r"[a-z][a-z0-9_-]*", slug) or keyword.iskeyword(package):
            raise ContractError(node, f"`{slug}` makes no name of a package")
        if package in _CORE_PACKAGES:
            raise ContractError(node, f"`{slug}` is a package of {project.prefix}-core")
        servers = project.servers
        umbrella = project.umbrella
        if umbrella is not None and f"{project.prefix}-{slug}" == umbrella.distribution:
            raise ContractError(node, f"`{slug}` makes the distribution {umbrella.distribution}")
        if servers is not None and f"{project.namespace}.{package}" == servers.module:
            raise ContractError(node, f"`{slug}` is the package of {servers.distribution}")
        module = f"{project.namespace}.{package}.models"
        if module in modules.values():
            raise ContractError(node, f"another document makes the package {package} too")
        modules[node.uri] = module
    return modules


def _service(
    slug: str,
    node: Node,
    operations: tuple[ir.Operation, ...],
    models: ir.Module | None,
    reader: Operations,
    project: Project,
) -> ir.Service:
    info = node["info"]
    module = names.snake(slug)
    return ir.Service(
        slug=slug,
        title=" ".join(info.text("title").split()),
        doc=info.text("description"),
        module=f"{project.namespace}.{module}",
        client=f"{names.pascal(module)}Client",
        distribution=f"{project.prefix}-{slug}",
        url_variable=f"{project.prefix}_{module}_url".upper(),
        api_root=api_root(list(node["paths"].value)),
        operations=operations,
        models=models,
        credentials=reader.security.credentials,
        workflows=reader.workflows,
    )


def _check_shared(shared: tuple[ir.Module, ...], placement: Placement) -> None:
    known = {module.name for module in shared}
    for module in shared:
        for definition in module.definitions:
            for named in references(definition):
                if named.module not in known:
                    what = f"is used by the shared {definition.name}: move it to schemas/"
                    raise ContractError(placement.origin(named), what)


def _check_names(
    service: ir.Service, node: Node, shared: tuple[ir.Module, ...], placement: Placement
) -> None:
    """Check that what a service's modules import and define has different names."""
    own = {service.client, f"Raw{service.client}"}
    own |= {operation.constant for operation in service.operations}
    used = [module for module in (service.models, *shared) if module is not None]
    for module in used:
        for definition in module.definitions:
            if definition.name in own:
                where = placement.origin(ir.Named(definition.name, module.name))
                raise ContractError(where, f"the name {definition.name} is taken: give it a title")
    known = {module.name for module in used}
    types = [type_ for operation in service.operations for type_ in types_of(operation)]
    if service.models is not None:
        types += [n for d in service.models.definitions for n in references(d)]
    for type_ in types:
        for named in names_in(type_):
            if named.module not in known:
                what = f"is used by {node.path.name}: move it to schemas/"
                raise ContractError(placement.origin(named), what)
