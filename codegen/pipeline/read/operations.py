"""Paths -> operations."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import replace

from pipeline import ir, names
from pipeline.errors import ContractError
from pipeline.load.keywords import (
    BODY,
    DOCUMENT,
    IDEMPOTENCY,
    OPERATION,
    PATH,
)
from pipeline.load.references import Node

from .descriptions import documented
from .parameters import ParameterReader, resumable
from .responses import ResponseReader, json_media
from .schemas import Schemas
from .security import Security
from .workflows import WorkflowReader, methods_of

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


class Operations:
    """Turns the paths of one document into operations."""

    def __init__(self, document: Node, schemas: Schemas) -> None:
        self._document = document
        self._schemas = schemas
        self._parameters = ParameterReader(schemas)
        self._responses = ResponseReader(schemas)
        self.security = Security(document)
        self.workflows: tuple[ir.Workflow, ...] = ()

    def read(self) -> tuple[ir.Operation, ...]:
        """Return all operations of the document, in its order, checked against each other."""
        self._document.expect_only(DOCUMENT)
        found: dict[str, tuple[ir.Operation, Node]] = {}
        for path, child in self._document["paths"].items():
            item = child.follow()
            for method in _METHODS:
                if method in item:
                    with self._schemas.attempt(f"{method.upper()} {path}"):
                        item.expect_only(PATH)
                        operation = self._operation(path, method, item, item[method], found)
                        found[operation.name] = operation, item[method]
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
        reader = WorkflowReader(self._schemas, by_id)
        for operation, node in found.values():
            for workflow in reader.read(operation, node):
                self._check_methods(workflow, node, set(found))
                self.workflows += (workflow,)
        return tuple(operation for operation, _ in found.values())

    def _operation(
        self, path: str, method: str, item: Node, node: Node, taken: Container[str]
    ) -> ir.Operation:
        node.expect_only(OPERATION)
        derived = _derived_id(method, path)
        id_ = node.text("operationId") or derived
        name = names.distinct(names.method_name, taken, id_, derived)
        prefix = names.pascal(id_)
        responses = self._responses.read(node, prefix)
        parameters = self._parameters.read(path, item, node, prefix, bool(responses.streams))
        is_stream = "text/event-stream" in responses.streams
        if method == "head" and any(type_ is not None for _, type_ in responses.types):
            raise ContractError(node["responses"], "a response to HEAD has no content")
        return ir.Operation(
            id=id_,
            method=method.upper(),
            path=path,
            name=name,
            constant="",
            summary=node.text("summary") or f"Call `{id_}`.",
            doc=documented(node),
            parameters=resumable(parameters) if is_stream else parameters,
            body=self._body(node, method, prefix),
            responses=responses.types,
            response_docs=responses.docs,
            result=responses.result,
            events=responses.events,
            streams=responses.streams,
            effect_key=_effect_key(node),
            authenticated=self.security.is_required(node),
        )

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
        media = json_media(body["content"], "a request body")
        type_ = self._schemas.of_media(media, f"{name}Request")
        if isinstance(type_, ir.Nullable):
            raise ContractError(media, "a request body that may be null is not supported")
        return ir.Body(type_, body.flag("required"), documented(body) or "The request.")

    def _check_effect_key(
        self, operation: ir.Operation, extension: Node, by_id: dict[str, ir.Operation]
    ) -> None:
        """Check the facts that a client relies on to retry a call."""
        key, lookup_id = operation.effect_key or ("", "")
        body = self._schemas.model_of(operation.body.type) if operation.body else None
        fields = {field.wire_name: field for field in body.fields} if body else {}
        if key not in fields or fields[key].name != key:
            raise ContractError(extension["key"], f"the request body has no property `{key}`")
        lookup = by_id.get(lookup_id)
        if lookup is None or lookup.method != "GET" or lookup.result != operation.result:
            what = f"{lookup_id} must be a GET of this document with the same response"
            raise ContractError(extension["lookup"], what)
        if [p.wire_name for p in lookup.parameters if p.required] != [key]:
            what = f"{lookup_id} must take one parameter, `{key}` in its path"
            raise ContractError(extension["lookup"], what)
        if operation.streams:
            raise ContractError(extension, "a stream that can be looked up is not supported")


def _derived_id(method: str, path: str) -> str:
    """Return a name for an operation without one: `get_pets_pet_id` for GET /v1/pets/{pet_id}."""
    return names.snake(f"{method} {path.removeprefix(api_root([path]))}".replace("/", " "))


def _effect_key(node: Node) -> tuple[str, str] | None:
    extension = node.get(IDEMPOTENCY)
    if extension is None:
        return None
    extension.expect_only(frozenset({"key", "lookup"}))
    for name in ("key", "lookup"):
        if not extension[name].value or not extension.text(name):
            raise ContractError(extension[name], "must be a name")
    return extension.text("key"), extension.text("lookup")


def api_root(paths: list[str]) -> str:
    """Return the version segment that all paths begin with, such as `/v1`, or an empty string."""
    roots = {re.match(r"/v\d\w*(?=/|$)|", path)[0] for path in paths}  # type: ignore[index]
    return roots.pop() if len(roots) == 1 else ""
