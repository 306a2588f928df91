"""Paths -> operations."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace

from pipeline import ir, names
from pipeline.errors import ContractError
from pipeline.load.keywords import (
    BODY,
    DOCUMENT,
    EVENT_STREAM,
    IDEMPOTENCY,
    OPERATION,
    PATH,
)
from pipeline.load.references import Node

from .descriptions import documented
from .media import MediaReader
from .parameters import ParameterReader, resumable
from .responses import ResponseReader
from .schemas import Schemas
from .security import Security
from .workflows import WorkflowReader, methods_of

_FLAG = "stream"
_DIALECTS = (
    "https://spec.openapis.org/oas/3.1/dialect/base",
    "https://json-schema.org/draft/2020-12/schema",
)
_METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


class Operations:
    """Turns the paths of one document into operations."""

    def __init__(self, document: Node, schemas: Schemas) -> None:
        self._document = document
        self._schemas = schemas
        self._parameters = ParameterReader(schemas)
        self._responses = ResponseReader(schemas)
        self._media = MediaReader(schemas)
        self.security = Security(document, lenient=schemas.is_partial)
        self.workflows: tuple[ir.Workflow, ...] = ()
        self._found: dict[str, tuple[ir.Operation, Node]] = {}
        self._servers: list[str] = []

    def read(self) -> tuple[ir.Operation, ...]:
        """Return all operations of the document, in its order, checked against each other."""
        self._document.expect_only(DOCUMENT)
        dialect = self._document.text("jsonSchemaDialect")
        if dialect not in ("", *_DIALECTS):
            what = f"the dialect {dialect} is not supported"
            raise ContractError(self._document["jsonSchemaDialect"], what)
        found: dict[str, tuple[ir.Operation, Node]] = {}
        for key, child in self._document["paths"].items():
            if key.startswith("x-"):
                continue
            # A fragment distinguishes operations on one path, and is not sent.
            path = key.partition("#")[0]
            item = child.follow()
            for method in _METHODS:
                if method in item:
                    with self._schemas.attempt(f"{method.upper()} {path}"):
                        item.expect_only(PATH)
                        for parameter in item.elements("parameters"):
                            parameter.expect_valid()
                        methods = list(self._methods(path, method, item, found))
                        self._schemas.check()
                        for operation in methods:
                            found[operation.name] = operation, _extended(item[method], operation)
        if not found:
            raise ContractError(self._document["paths"], "declares no operation")
        classes = self._schemas.visible_from(self._document)
        for name, (operation, node) in found.items():
            constant = names.operation_constant(name, classes)
            found[name] = replace(operation, constant=constant), node
        by_id = {operation.id: operation for operation, _ in found.values()}
        for operation, node in found.values():
            if operation.effect_key is not None:
                self._check_effect_key(operation, node[IDEMPOTENCY], by_id)
        self._found = found
        return tuple(operation for operation, _ in found.values())

    def read_workflows(self, services: Mapping[str, tuple[ir.Operation, ...]]) -> None:
        """Read the extensions, which may refer to the operations of other services."""
        by_id = {operation.id: operation for operation, _ in self._found.values()}
        reader = WorkflowReader(self._schemas, by_id, services)
        for operation, node in self._found.values():
            for workflow in reader.read(operation, node):
                self._check_methods(workflow, node, set(self._found))
                self.workflows += (workflow,)

    def _methods(
        self, path: str, method: str, item: Node, taken: Container[str]
    ) -> Iterator[ir.Operation]:
        """Iterate over the methods for an operation: two if it streams on demand."""
        node = item[method]
        node.expect_valid()
        node.expect_only(OPERATION)
        if method == "trace":
            raise ContractError(node, "`trace` is not supported")
        address = self._address(node if "servers" in node else item)
        derived = _derived_id(method, path)
        id_ = node.text("operationId") or derived
        name = names.distinct(names.method_name, taken, id_, derived)
        prefix = names.pascal(id_)
        alternatives = self._responses.read(node, prefix)
        body = self._body(node, method, prefix)
        by_flag = len(alternatives) > 1 and body is not None and self._has_flag(body.type)
        for responses in alternatives:
            streams = bool(responses.streams)
            parameters = self._parameters.read(path, item, node, prefix, streams)
            if method == "head" and any(type_ is not None for _, type_ in responses.types):
                raise ContractError(node["responses"], "a response to HEAD has no content")
            second = responses is not alternatives[0]
            yield ir.Operation(
                id=id_,
                method=method.upper(),
                path=path,
                name=names.distinct(names.method_name, taken, f"{id_}_stream") if second else name,
                constant="",
                summary=node.text("summary") or f"Call `{id_}`.",
                doc=f"{documented(node)}\n\n{address}".strip(),
                parameters=resumable(parameters)
                if "text/event-stream" in responses.streams
                else parameters,
                body=body,
                responses=responses.types,
                response_docs=responses.docs,
                result=responses.result,
                events=responses.events,
                streams=responses.streams,
                effect_key=None if second else _effect_key(node),
                authenticated=self.security.is_required(node),
                stream_flag=(_FLAG, streams) if by_flag else None,
            )

    def _address(self, owner: Node) -> str:
        """Return a remark on an operation that is not at the address of the others."""
        urls = _urls(owner)
        self._servers = self._servers or _urls(self._document) or urls
        if set(urls) <= set(self._servers):
            return ""
        shown = " or ".join(f"`{url}`" for url in urls)
        return (
            f"It is at {shown}, not at the address of the others: use a client of that `base_url`."
        )

    def _has_flag(self, type_: ir.Type) -> bool:
        """Return whether a request has the boolean property `stream`."""
        definition = self._schemas.definition(type_)
        if isinstance(definition, ir.Model):
            flags = [field.type for field in definition.fields if field.wire_name == _FLAG]
            return any(self._schemas.kind(each) == "bool" for each in flags)
        inner = ir.parts(type_) if definition is None else tuple(ir.types_in(definition))
        return not isinstance(type_, ir.ListOf) and any(map(self._has_flag, inner))

    def _check_methods(self, workflow: ir.Workflow, node: Node, operations: set[str]) -> None:
        """Check that the methods of a workflow do not hide other methods."""
        taken = operations.union(*map(methods_of, self.workflows))
        for name in methods_of(workflow):
            if name in taken:
                raise ContractError(node, f"its workflow adds a second method `{name}`")

    def _body(self, node: Node, method: str, name: str) -> ir.Body | None:
        if "requestBody" not in node:
            return None
        if method in ("get", "head"):
            raise ContractError(node["requestBody"], f"a body of {method.upper()} is not supported")
        body = node["requestBody"].follow()
        body.expect_only(BODY)
        found = self._media.request(body["content"], f"{name}Request")
        if isinstance(found.type, ir.Named) and self._schemas.is_nullable(found.type):
            found = replace(found, type=ir.Nullable(found.type))
        return replace(
            found, required=body.flag("required"), doc=documented(body) or "The request."
        )

    def _check_effect_key(
        self, operation: ir.Operation, extension: Node, by_id: dict[str, ir.Operation]
    ) -> None:
        """Check the facts that a client relies on to retry a call."""
        (*items, key), lookup_id = operation.effect_key or (("",), "")
        type_ = operation.body.type if operation.body else None
        for name in (*items, key):
            body = self._schemas.model_of(type_)
            fields = {field.wire_name: field for field in body.fields} if body else {}
            if name not in fields or fields[name].name != name:
                raise ContractError(extension["key"], f"the request body has no property `{name}`")
            type_ = self._schemas.item_of(fields[name].type)
        if not lookup_id:
            return
        if items:
            raise ContractError(extension, "`lookup` of a key in a list is not supported")
        lookup = by_id.get(lookup_id)
        if lookup is None or lookup.method != "GET" or lookup.result != operation.result:
            what = f"{lookup_id} must be a GET of this document with the same response"
            raise ContractError(extension["lookup"], what)
        if [p.wire_name for p in lookup.parameters if p.required] != [key]:
            what = f"{lookup_id} must take one parameter, `{key}` in its path"
            raise ContractError(extension["lookup"], what)
        if operation.streams:
            raise ContractError(extension, "a stream that can be looked up is not supported")


def _urls(owner: Node) -> list[str]:
    return [server.text("url") for server in owner.elements("servers")]


def _extended(node: Node, operation: ir.Operation) -> Node:
    """Return the node of an operation with the extensions that are about one of its methods."""
    if operation.streams:
        return node
    return node.with_value({key: each for key, each in node.value.items() if key != EVENT_STREAM})


def _derived_id(method: str, path: str) -> str:
    """Return a name for an operation without one: `get_pets_pet_id` for GET /v1/pets/{pet_id}."""
    return names.snake(f"{method} {path.removeprefix(api_root([path]))}".replace("/", " "))


def _effect_key(node: Node) -> tuple[tuple[str, ...], str] | None:
    extension = node.get(IDEMPOTENCY)
    if extension is None:
        return None
    extension.expect_only(frozenset({"key", "lookup"}))
    for name in ("key", "lookup"):
        if name in extension and not extension.text(name):
            raise ContractError(extension[name], "must be a name")
    path = tuple(extension.text("key").split("[]."))
    if not all(path) or len(path) > 2:
        raise ContractError(extension, "needs `key`, a property or `property[].property`")
    return path, extension.text("lookup")


def api_root(paths: list[str]) -> str:
    """Return the version segment that all paths begin with, such as `/v1`, or an empty string."""
    roots = {re.match(r"/v\d\w*(?=/|$)|", path)[0] for path in paths}  # type: ignore[index]
    return roots.pop() if len(roots) == 1 else ""
