"""A contract -> its services and shared models."""

from __future__ import annotations

import keyword
import re

from pipeline import ir, names
from pipeline.errors import ContractError, Omissions
from pipeline.load.manifest import Manifest
from pipeline.load.references import Library, Node

from .definitions import Definitions
from .operations import Operations, api_root
from .schema_kinds import is_empty
from .schemas import Schemas

# Packages in our namespace that are written by hand.
_OWN_PACKAGES = frozenset({"core", "errors", "sandbox", "schema", "server"})


def read_contract(library: Library, manifest: Manifest, partial: bool = False) -> ir.Api:
    """Turn the documents and schemas into services and models.

    With `partial`, operations that are not supported are left out, instead of rejecting all.
    """
    api, circular = _read(library, manifest, partial, one_module=False)
    return _read(library, manifest, partial, one_module=True)[0] if circular else api


def _read(
    library: Library, manifest: Manifest, partial: bool, one_module: bool
) -> tuple[ir.Api, bool]:
    contract = library.contract
    documents = {slug: library.node(path) for slug, path in contract.documents.items()}
    modules = _modules(documents, manifest)
    clients = frozenset().union(*(names.class_names(_client(slug)) for slug in documents))
    definitions = Definitions(manifest.namespace, modules, clients, one_module)
    omissions = Omissions(partial)
    schemas = Schemas(definitions, omissions)
    # All shared schemas in the order of their paths: the order of the services has no influence.
    for path in contract.schemas:
        with schemas.attempt():
            _define_file(library.node(path), schemas)
    for node in documents.values():
        if "components" in node:
            schemas.define_all(node["components"], "schemas")
    readers = {slug: Operations(node, schemas) for slug, node in documents.items()}
    operations = {slug: reader.read() for slug, reader in readers.items()}
    for reader in readers.values():
        reader.read_workflows(operations)
    defined = {module.name: module for module in definitions.modules()}
    services = tuple(
        _service(
            slug,
            node,
            operations[slug],
            defined.pop(modules[node.uri], None),
            readers[slug],
            manifest,
        )
        for slug, node in documents.items()
    )
    shared = tuple(defined.values())
    _check_shared(shared, definitions)
    for service, node in zip(services, documents.values(), strict=True):
        _check_models(service, node, shared, definitions)
    return ir.Api(services, shared, omissions.reasons), definitions.is_circular


def _define_file(node: Node, schemas: Schemas) -> None:
    for key in ("$defs", "definitions"):
        schemas.define_all(node, key)
    holds_definitions_only = isinstance(node.value, dict) and is_empty(node)
    if not node.is_bare_reference and not holds_definitions_only:
        schemas.type_of(node, "")


def _modules(documents: dict[str, Node], manifest: Manifest) -> dict[str, str]:
    """Return the module of each document's own models, by the document's URI."""
    modules: dict[str, str] = {}
    for slug, node in documents.items():
        package = names.snake(slug)
        if not re.fullmatch(r"[a-z][a-z0-9_-]*", slug) or keyword.iskeyword(package):
            raise ContractError(node, f"`{slug}` cannot be the name of a package")
        if package == "models":
            raise ContractError(node, "`models` is the package of the shared models")
        if package in _OWN_PACKAGES and manifest.namespace == manifest.core.module:
            raise ContractError(node, f"`{slug}` is a package that is written by hand")
        umbrella = manifest.umbrella
        if umbrella is not None and f"{manifest.prefix}-{slug}" == umbrella.distribution:
            what = f"the distribution of `{slug}` would be {umbrella.distribution}"
            raise ContractError(node, f"{what}, which is the umbrella")
        module = f"{manifest.namespace}.{package}.models"
        if module in modules.values():
            raise ContractError(node, f"another document has the package {package} too")
        modules[node.uri] = module
    return modules


def _service(
    slug: str,
    node: Node,
    operations: tuple[ir.Operation, ...],
    models: ir.Module | None,
    reader: Operations,
    manifest: Manifest,
) -> ir.Service:
    info = node["info"]
    module = names.snake(slug)
    return ir.Service(
        slug=slug,
        title=" ".join(info.text("title").split()),
        doc=info.text("description"),
        module=f"{manifest.namespace}.{module}",
        client=_client(slug),
        distribution=f"{manifest.prefix}-{slug}",
        url_variable=f"{names.snake(manifest.prefix)}_{module}_url".upper(),
        api_root=api_root(list(node["paths"].value)),
        operations=operations,
        models=models,
        credentials=reader.security.credentials,
        workflows=reader.workflows,
    )


def _client(slug: str) -> str:
    return f"{names.pascal(names.snake(slug))}Client"


def _check_shared(shared: tuple[ir.Module, ...], definitions: Definitions) -> None:
    known = {module.name for module in shared}
    for module in shared:
        for definition in module.definitions:
            for named in ir.references(definition):
                if named.module not in known:
                    what = f"is used by the shared {definition.name}: move it to schemas/"
                    raise ContractError(definitions.origin(named), what)


def _check_models(
    service: ir.Service, node: Node, shared: tuple[ir.Module, ...], definitions: Definitions
) -> None:
    """Check that a service uses no model of another service."""
    known = {module.name for module in (service.models, *shared) if module is not None}
    types = [type_ for operation in service.operations for type_ in ir.types_of(operation)]
    types += [each.outcome for each in service.workflows if isinstance(each, ir.LongRunning)]
    if service.models is not None:
        types += [named for each in service.models.definitions for named in ir.references(each)]
    for type_ in types:
        for named in ir.names_in(type_):
            if named.module not in known:
                what = f"is used by {node.path.name}: move it to schemas/"
                raise ContractError(definitions.origin(named), what)
