"""Extensions of the contract (`x-arp-*`) -> the workflows that clients build of operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline import ir, names
from pipeline.errors import ContractError
from pipeline.load.keywords import (
    EVENT_STREAM,
    INVOKE,
    LEASE,
    LONG_RUNNING,
    PAGEABLE,
)
from pipeline.load.references import Node

from .schemas import Schemas

_PAGEABLE = frozenset({"items", "token", "next_token", "size"})
_LONG_RUNNING = frozenset(
    {
        "name", "status", "result", "id", "state", "final", "overtaken", "ok", "succeeded",
        "error", "shorthand", "worker", "cancel", "events",
    }
)  # fmt: skip
_RESULT = frozenset({"service", "operation", "of"})
_WORKER = frozenset({"name", "list", "items", "key", "endpoint", "service"})
_CANCEL = frozenset({"operation"})
_STREAM = frozenset({"seq", "kind", "last", "final", "sparse"})
_LEASE = frozenset(
    {
        "name", "wait", "list", "delete", "items", "id", "state", "ready", "pending", "arguments",
    }
)  # fmt: skip
_INVOKE = frozenset(
    {
        "invoke", "validate", "index", "list", "id", "name", "schema", "by_id", "by_name",
        "call_id", "arguments", "ok", "result", "error",
    }
)  # fmt: skip


class WorkflowReader:
    """Reads the extensions of one document, and checks them against its operations."""

    def __init__(
        self,
        schemas: Schemas,
        operations: dict[str, ir.Operation],
        services: Mapping[str, tuple[ir.Operation, ...]],
    ) -> None:
        self._schemas = schemas
        self._operations = operations
        self._services = services

    def read(self, operation: ir.Operation, node: Node) -> tuple[ir.Workflow, ...]:
        """Return the workflows that begin with an operation."""
        readers: dict[str, Callable[[ir.Operation, Node], ir.Workflow]] = {
            PAGEABLE: self._pageable,
            EVENT_STREAM: self._streamed,
            LONG_RUNNING: self._long_running,
            LEASE: self._leasable,
            INVOKE: self._invocable,
        }
        found = [read(operation, node[key]) for key, read in readers.items() if key in node]
        return tuple(found) if PAGEABLE in node else (*self._conventional(operation), *found)

    def _pageable(self, operation: ir.Operation, extension: Node) -> ir.Pageable:
        extension.expect_only(_PAGEABLE)
        for key in ("token", "size"):
            if key in extension:
                self._query(operation, extension, key)
        response = self._model(operation.result, extension)
        items = self._list_of(response, extension, "items")
        path = tuple(_text(extension, "next_token").split("."))
        self._check_path(response, path, extension["next_token"])
        token = self._query(operation, extension, "token")
        return ir.Pageable(operation, _iterator(operation), items, token, path)

    def _conventional(self, operation: ir.Operation) -> list[ir.Workflow]:
        """Return the workflow of a list that follows the conventions without an extension."""
        query = {p.wire_name: p for p in operation.parameters if p.place == "query"}
        response = self._schemas.model_of(operation.result) if operation.result else None
        if operation.method != "GET" or "page_token" not in query or response is None:
            return []
        lists = [field for field in response.fields if isinstance(field.type, ir.ListOf)]
        pagination = next((f for f in response.fields if f.wire_name == "pagination"), None)
        holder = self._schemas.model_of(pagination.type) if pagination else None
        within = {field.wire_name for field in holder.fields} if holder else set()
        if len(lists) != 1 or pagination is None or "next_page_token" not in within:
            return []
        (items,) = lists
        path = ("pagination", "next_page_token")
        name = _iterator(operation)
        if any(each.name == name for each in self._operations.values()):
            return []
        return [ir.Pageable(operation, name, items, query["page_token"], path)]

    def _streamed(self, operation: ir.Operation, extension: Node) -> ir.Streamed:
        extension.expect_only(_STREAM)
        event = self._model(operation.events, extension)
        seq = self._field(event, extension, "seq").name
        kind = self._field(event, extension, "kind")
        known = self._schemas.members_of(kind.type)
        last, final = (
            _texts(extension, key) if key in extension else () for key in ("last", "final")
        )
        for each in (*last, *final):
            if known and each not in known:
                raise ContractError(extension, f"`{each}` is not a type of event")
        sparse = extension.flag("sparse")
        return ir.Streamed(operation, seq, kind.name, last, final, sparse)

    def _long_running(self, operation: ir.Operation, extension: Node) -> ir.LongRunning:
        extension.expect_only(_LONG_RUNNING)
        status = self._operation(extension, "status")
        if status.result != operation.result:
            raise ContractError(extension["status"], "must have the same response as the operation")
        state_of = self._model(operation.result, extension)
        result, result_id, service = self._result(extension, state_of)
        final = self._states(state_of, extension, "final")
        overtaken = self._final(state_of, extension, "overtaken", final)
        ok, succeeded = self._success(extension, state_of, result, final)
        outcome = state_of if result is None else self._model(result.result, extension)
        worker, at_worker = self._worker(extension, state_of)
        cancel = events = None
        if "cancel" in extension:
            extension["cancel"].expect_only(_CANCEL)
            cancel = self._operation(extension["cancel"], "operation", at_worker)
        if "events" in extension:
            events = self._operation(extension, "events", at_worker)
        return ir.LongRunning(
            operation=operation,
            name=_name(extension, "name"),
            status=status,
            result=result,
            result_id=result_id,
            service=service,
            id=self._field(state_of, extension, "id").name,
            state=self._field(state_of, extension, "state").name,
            final=final,
            overtaken=overtaken,
            ok=ok,
            succeeded=succeeded,
            error=self._path_of(outcome, extension, "error"),
            shorthand=self._shorthand(operation, extension),
            worker=worker,
            cancel=cancel,
            events=events,
        )

    def _result(self, extension: Node, status: ir.Model) -> tuple[ir.Operation | None, str, str]:
        """Return the operation with the result, the property with its argument, and its service."""
        if "result" not in extension:
            return None, "", ""
        node = extension["result"]
        if isinstance(node.value, str):
            return self._operation(extension, "result"), "", ""
        node.expect_only(_RESULT)
        of = self._field(status, node, "of").name
        if "service" not in node:
            return self._operation(node, "operation"), of, ""
        service, wanted = _text(node, "service"), _text(node, "operation")
        for operation in self._services.get(service, ()):
            if operation.id == wanted:
                required = [each for each in operation.parameters if each.required]
                if operation.method != "GET" or [each.place for each in required] != ["path"]:
                    raise ContractError(node, f"`{wanted}` must be a GET with one parameter")
                return operation, of, names.snake(service)
        raise ContractError(node, f"`{wanted}` is not an operation of the service `{service}`")

    def _success(
        self,
        extension: Node,
        status: ir.Model,
        result: ir.Operation | None,
        final: tuple[str, ...],
    ) -> tuple[str, tuple[str, ...]]:
        """Return the property that is true for a success, and the states that mean one."""
        states = self._final(status, extension, "succeeded", final)
        if "ok" not in extension:
            raise ContractError(
                extension, "needs `ok`, a boolean of the result or a list of states"
            )
        if not isinstance(extension["ok"].value, str):
            return "", self._final(status, extension, "ok", final)
        if result is None:
            raise ContractError(extension["ok"], "must be a list of states if there is no `result`")
        field = self._field(self._model(result.result, extension), extension, "ok")
        if self._schemas.kind(field.type) != "bool" or not field.required:
            what = f"`{field.wire_name}` is not a required boolean; states are given as a list"
            raise ContractError(extension["ok"], what)
        return field.name, states

    def _final(
        self, status: ir.Model, extension: Node, key: str, final: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Return optional states, checked to be among the final ones."""
        states = self._states(status, extension, key) if key in extension else ()
        for state in states:
            if state not in final:
                raise ContractError(extension[key], f"`{state}` is not a `final` state")
        return states

    def _path_of(self, model: ir.Model, extension: Node, key: str) -> tuple[str, ...]:
        if key not in extension:
            return ()
        return self._attributes(model, tuple(_text(extension, key).split(".")), extension[key])

    def _shorthand(self, operation: ir.Operation, extension: Node) -> tuple[str, ...]:
        """Return the path that a string stands for, checked to make a complete request."""
        if "shorthand" not in extension:
            return ()
        where = extension["shorthand"]
        path = tuple(_text(extension, "shorthand").split("."))
        type_ = operation.body.type if operation.body else None
        for name in path:
            model = self._schemas.model_of(type_)
            if model is None:
                return self._free_form(type_, path, where)
            fields = {field.wire_name: field for field in model.fields}
            if name not in fields:
                raise ContractError(where, f"{model.name} has no property `{name}`")
            missing = [each for each, field in fields.items() if field.required and each != name]
            groups = [group for group in model.required_any if set(group) <= {fields[name].name}]
            if missing or (model.required_any and not groups):
                needed = missing or [" or ".join(" and ".join(g) for g in model.required_any)]
                what = f"a string makes no valid request: {model.name} needs `{needed[0]}` too"
                raise ContractError(where, what)
            type_ = fields[name].type
        free = isinstance(type_, ir.Anything)
        if type_ is None or self._schemas.members_of(type_):
            raise ContractError(where, "does not lead to free text")
        if not free and self._schemas.kind(type_) != "string":
            raise ContractError(where, "does not lead to a string")
        return path

    def _free_form(
        self, type_: ir.Type | None, path: tuple[str, ...], where: Node
    ) -> tuple[str, ...]:
        while isinstance(type_, (ir.Nullable, ir.Limited)):
            type_ = type_.inner
        if isinstance(type_, ir.MapOf):
            type_ = type_.value
        if isinstance(type_, ir.Anything):
            return path
        raise ContractError(where, "leads through something that is not an object")

    def _worker(
        self, extension: Node, status: ir.Model
    ) -> tuple[ir.WorkerLookup | None, dict[str, ir.Operation] | None]:
        """Return how to find the service that does the work, and its operations."""
        if "worker" not in extension:
            return None, None
        node = extension["worker"]
        node.expect_only(_WORKER)
        service = _text(node, "service")
        if service not in self._services:
            raise ContractError(node["service"], f"there is no service `{service}`")
        listing = self._operation(node, "list")
        items = self._list_of(self._model(listing.result, node), node, "items")
        worker = self._model(items.type.item, node)  # type: ignore[union-attr]
        lookup = ir.WorkerLookup(
            name=self._field(status, node, "name").name,
            list=listing,
            items=items.name,
            key=self._field(worker, node, "key").name,
            endpoint=self._field(worker, node, "endpoint").name,
        )
        return lookup, {each.id: each for each in self._services[service]}

    def _leasable(self, operation: ir.Operation, extension: Node) -> ir.Leasable:
        extension.expect_only(_LEASE)
        created = self._model(operation.result, extension)
        items = self._list_of(created, extension, "items")
        thing = self._model(items.type.item, extension)  # type: ignore[union-attr]
        body = self._model(operation.body.type if operation.body else None, extension)
        fields = {field.wire_name: field for field in body.fields}
        arguments = _texts(extension, "arguments")
        for argument in arguments:
            if argument not in fields:
                raise ContractError(extension["arguments"], f"the request has no `{argument}`")
        return ir.Leasable(
            operation=operation,
            name=_name(extension, "name"),
            wait=_name(extension, "wait"),
            list=self._operation(extension, "list"),
            delete=self._operation(extension, "delete"),
            items=items,
            id=self._field(thing, extension, "id").name,
            state=self._field(thing, extension, "state").name,
            ready=self._states(thing, extension, "ready"),
            pending=self._states(thing, extension, "pending"),
            arguments=tuple(fields[argument] for argument in arguments),
        )

    def _invocable(self, operation: ir.Operation, extension: Node) -> ir.Invocable:
        extension.expect_only(_INVOKE)
        listing = self._operation(extension, "list")
        if not isinstance(listing.result, ir.ListOf):
            raise ContractError(extension["list"], "must respond with an array")
        definition = self._model(listing.result.item, extension)
        request = self._model(operation.body.type if operation.body else None, extension)
        response = self._model(operation.result, extension)
        owners = {
            "id": definition, "name": definition, "schema": definition,
            "ok": response, "result": response, "error": response,
        }  # fmt: skip
        requested = ("by_id", "by_name", "call_id", "arguments")
        for key in requested:
            self._field(request, extension, key)
        return ir.Invocable(
            operation=operation,
            invoke=_name(extension, "invoke"),
            validate=_name(extension, "validate"),
            index=_name(extension, "index"),
            list=listing,
            definition=listing.result.item,
            fields={
                **{key: self._field(owner, extension, key).name for key, owner in owners.items()},
                **{key: _text(extension, key) for key in requested},
            },
        )

    def _operation(
        self, extension: Node, key: str, operations: dict[str, ir.Operation] | None = None
    ) -> ir.Operation:
        """Return the operation with an id, of this document or among those of another service."""
        found = (self._operations if operations is None else operations).get(_text(extension, key))
        if found is None:
            of = "this document" if operations is None else "the service"
            raise ContractError(extension[key], f"is not an operation of {of}")
        return found

    def _query(self, operation: ir.Operation, extension: Node, key: str) -> ir.Parameter:
        wanted = _text(extension, key)
        for parameter in operation.parameters:
            if parameter.place == "query" and parameter.wire_name == wanted:
                return parameter
        raise ContractError(extension[key], "is not a query parameter of the operation")

    def _model(self, type_: ir.Type | None, extension: Node) -> ir.Model:
        model = self._schemas.model_of(type_) if type_ is not None else None
        if model is None:
            raise ContractError(extension, "needs objects with known properties")
        return model

    def _field(self, model: ir.Model, extension: Node, key: str) -> ir.Field:
        return _property(model, _text(extension, key), extension[key])

    def _list_of(self, model: ir.Model, extension: Node, key: str) -> ir.Field:
        field = self._field(model, extension, key)
        if not isinstance(field.type, ir.ListOf):
            raise ContractError(extension[key], f"`{field.wire_name}` is not an array")
        return field

    def _states(self, model: ir.Model, extension: Node, key: str) -> tuple[str, ...]:
        """Return states, checked to be values of the `state` of a model."""
        states = _texts(extension, key)
        known = self._schemas.members_of(self._field(model, extension, "state").type)
        for state in states:
            if known and state not in known:
                raise ContractError(extension[key], f"`{state}` is not a state of {model.name}")
        return states

    def _check_path(self, model: ir.Model, path: tuple[str, ...], where: Node) -> None:
        """Check that a path of properties exists."""
        for number, name in enumerate(path, 1):
            field = _property(model, name, where)
            if number < len(path):
                model = self._model(field.type, where)

    def _attributes(self, model: ir.Model, path: tuple[str, ...], where: Node) -> tuple[str, ...]:
        """Return a path of properties as attributes; below a map, its parts are keys."""
        found: list[str] = []
        for number, name in enumerate(path):
            field = _property(model, name, where)
            found.append(field.name)
            inner = self._schemas.model_of(field.type)
            if inner is None:
                return (*found, *path[number + 1 :])
            model = inner
        return tuple(found)


def _property(model: ir.Model, name: str, where: Node) -> ir.Field:
    for field in model.fields:
        if field.wire_name == name:
            return field
    raise ContractError(where, f"{model.name} has no property `{name}`")


def _iterator(operation: ir.Operation) -> str:
    return f"iter_{operation.name.removeprefix('list_')}"


def _text(extension: Node, key: str) -> str:
    if key not in extension or not extension.text(key):
        raise ContractError(extension, f"needs `{key}`")
    return extension.text(key)


def _name(extension: Node, key: str) -> str:
    name = _text(extension, key)
    if names.snake(name) != name or names.method_name(name) != name or not name.isidentifier():
        raise ContractError(extension[key], f"`{name}` cannot be the name of a method")
    return name


def methods_of(workflow: ir.Workflow) -> tuple[str, ...]:
    """Return the names of the methods that a workflow adds to the client."""
    if isinstance(workflow, ir.Pageable):
        return (workflow.name,)
    if isinstance(workflow, ir.LongRunning):
        follow = ("follow",) if workflow.events is not None else ()
        return (workflow.name, f"{workflow.name}_many", f"wait_for_{workflow.name}", *follow)
    if isinstance(workflow, ir.Leasable):
        return workflow.name, workflow.wait
    if isinstance(workflow, ir.Invocable):
        return workflow.invoke, workflow.validate, workflow.index, "dispatch"
    return ()


def _texts(extension: Node, key: str) -> tuple[str, ...]:
    values = extension[key].value if key in extension else None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ContractError(extension, f"needs `{key}`, a list of strings")
    return tuple(values)
