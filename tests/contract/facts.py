"""Flattening of a contract into the set of all facts that it states."""

from contract.documents import Contract, uri
from contract.fact import Fact
from contract.operation_facts import document_facts
from contract.schema_facts import schema_file_facts


def facts(contract: Contract) -> frozenset[Fact]:
    registry = contract.registry()
    found: set[Fact] = set()
    for path, document in contract.documents.items():
        if path.startswith("openapi/"):
            name = path.removeprefix("openapi/").removesuffix(".openapi.yaml")
            found.update(document_facts(name, document, registry.resolver(uri(path))))
        else:
            found.update(schema_file_facts(path, document, registry))
    return frozenset(found)
