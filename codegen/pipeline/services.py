"""Stage 4, second half: paths -> operations and services."""

from __future__ import annotations

import re
from typing import Literal, cast

from . import ir, names
from .keywords import (
    BODY,
    DOCUMENT,
    MEDIA,
    OPERATION,
    PARAMETER,
    PATH,
    RESPONSE,
    SECURITY_SCHEMES,
    expect_keys,
)
from .problem import ContractError
from .resolve import Node
from .schemas import Schemas

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
_STREAMS = ("text/event-stream", "application/x-ndjson")
_STYLES = {"path": "simple", "query": "form", "header": "simple"}


class Operations:
    """Turns the paths of one document into operations."""

    def __init__(self, document: Node, schemas: Schemas) -> None:
        self._document = document
        self._schemas = schemas

    def read(self) -> tuple[ir.Operation, ...]:
        """All operations of the document, in its order, checked against each other."""
        expect_keys(self._document, DOCUMENT)
        self._check_security_schemes()
        operations = [
            self._operation(path, method, item, node)
            for path, item in self._document["paths"].items()
            for method, node in self._methods(item)
        ]
        by_id = {operation.id: operation for operation in operations}
        for operation in operations:
            self._check_effect_key(operation, by_id)
        method_names = [operation.name for operation in operations]
        for name in method_names:
            if method_names.count(name) > 1:
                raise ContractError(self._document["paths"], f"two operations are named {name}")
        return tuple(operations)

    def _methods(self, item: Node) -> list[tuple[str, Node]]:
        item = item.follow()
        expect_keys(item, PATH)
        return [(method, item[method]) for method in _METHODS if method in item]

    def _operation(self, path: str, method: str, item: Node, node: Node) -> ir.Operation:
        expect_keys(node, OPERATION)
        id_ = node.text("operationId") or _derived_id(method, path)
        name = names.method_name(id_)
        answers, streams, events, answer_doc = self._answers(node, names.pascal(id_))
        return ir.Operation(
            id=id_,
            method=method.upper(),
            path=path,
            name=name,
            constant=names.snake(id_).upper(),
            summary=node.text("summary") or f"Call `{id_}`.",
            doc=node.text("description"),
            parameters=self._parameters(path, item.follow(), node, names.pascal(id_)),
            body=self._body(node, names.pascal(id_)),
            answers=answers,
            answer_doc=answer_doc,
            result=events if streams else _result(answers),
            events=events,
            streams=streams,
            effect_key=_effect_key(node),
            authenticated=self._authenticated(node),
        )

    def _parameters(self, path: str, item: Node, node: Node, name: str) -> tuple[ir.Parameter, ...]:
        declared: dict[tuple[str, str], ir.Parameter] = {}
        for owner in (item, node):
            for child in owner["parameters"].elements() if "parameters" in owner else ():
                parameter = self._parameter(child.follow(), name)
                declared[parameter.place, parameter.wire_name] = parameter
        in_path = re.findall(r"\{([^{}]*)\}", path)
        of_path = [p.wire_name for p in declared.values() if p.place == "path"]
        if sorted(in_path) != sorted(of_path):
            raise ContractError(node, f"path parameters {of_path} do not match the path {path}")
        arguments = [parameter.argument for parameter in declared.values()]
        for argument in arguments:
            if arguments.count(argument) > 1:
                raise ContractError(node, f"two parameters make the argument `{argument}`")
        # A client takes path parameters in the order of the template.
        order = {wire_name: index for index, wire_name in enumerate(in_path)}
        return tuple(
            sorted(
                declared.values(),
                key=lambda p: order.get(p.wire_name, 99) if p.place == "path" else 99,
            )
        )

    def _parameter(self, node: Node, name: str) -> ir.Parameter:
        expect_keys(node, PARAMETER)
        place = node.text("in")
        if place not in _STYLES:
            raise ContractError(node, f"a parameter in `{place}` is not supported")
        if node.text("style") not in ("", _STYLES[place]):
            raise ContractError(node["style"], f"style `{node.text('style')}` is not supported")
        if node.value.get("allowReserved"):
            raise ContractError(node["allowReserved"], "allowReserved is not supported")
        if "schema" not in node:
            raise ContractError(node, "needs a `schema`")
        wire_name = node.text("name")
        type_ = self._schemas.type_of(node["schema"], name + names.pascal(wire_name))
        return ir.Parameter(
            argument=names.argument_name(wire_name),
            wire_name=wire_name,
            place=cast("Literal['path', 'query', 'header']", place),
            type=type_,
            required=bool(node.value.get("required")),
            explode=bool(node.value.get("explode", place == "query")),
            doc=node.text("description"),
        )

    def _body(self, node: Node, name: str) -> ir.Body | None:
        if "requestBody" not in node:
            return None
        body = node["requestBody"].follow()
        expect_keys(body, BODY)
        media = _json_media(body["content"])
        if media is None:
            kinds = ", ".join(body["content"].value)
            raise ContractError(body["content"], f"a request body of {kinds} is not supported")
        type_ = self._schema_of(media, f"{name}Request")
        return ir.Body(type_, bool(body.value.get("required")), body.text("description"))

    def _answers(
        self, node: Node, name: str
    ) -> tuple[tuple[tuple[int, ir.Type | None], ...], tuple[str, ...], ir.Type | None, str]:
        answers: list[tuple[int, ir.Type | None]] = []
        streams: tuple[str, ...] = ()
        events: ir.Type | None = None
        doc = ""
        for status, child in node["responses"].items():
            if not re.fullmatch(r"2(\d\d|XX)", status):
                continue
            response = child.follow()
            expect_keys(response, RESPONSE)
            code = 200 if status == "2XX" else int(status)
            doc = doc or response.text("description")
            content = response.get("content")
            media_types = tuple(content.value) if content is not None else ()
            if content is None or not media_types:
                answers.append((code, None))
                continue
            streamed = tuple(kind for kind in _STREAMS if kind in media_types)
            media = _json_media(content)
            if streamed and media is not None:
                raise ContractError(content, "a stream and JSON in one answer are not supported")
            if streamed:
                streams = streamed
                events = self._events(content[streamed[0]], name)
                answers.append((code, events))
            elif media is not None:
                answers.append((code, self._schema_of(media, f"{name}Response")))
            else:
                kinds = ", ".join(media_types)
                raise ContractError(content, f"an answer of {kinds} is not supported")
        if streams and len(answers) > 1:
            raise ContractError(node["responses"], "a stream beside another 2xx is not supported")
        if not answers:
            raise ContractError(node["responses"], "declares no success answer")
        return tuple(sorted(answers, key=lambda answer: answer[0])), streams, events, doc

    def _events(self, media: Node, name: str) -> ir.Type:
        """The type of one item of a stream; of an SSE stream without one, the raw event."""
        expect_keys(media, MEDIA)
        for key in ("itemSchema", "x-item-schema"):
            if key in media:
                return self._schemas.type_of(media[key], f"{name}Event")
        schema = media.get("schema")
        if schema is not None and schema.follow().value.get("type") != "string":
            return self._schemas.type_of(schema, f"{name}Event")
        return ir.Scalar("ServerSentEvent")

    def _schema_of(self, media: Node, name: str) -> ir.Type:
        expect_keys(media, MEDIA)
        schema = media.get("schema")
        return ir.Anything() if schema is None else self._schemas.type_of(schema, name)

    def _authenticated(self, node: Node) -> bool:
        owner = node if "security" in node else self._document
        requirements = owner.value.get("security", [])
        return bool(requirements) and {} not in requirements

    def _check_security_schemes(self) -> None:
        components = self._document.get("components")
        schemes = components.get("securitySchemes") if components is not None else None
        for _, child in schemes.items() if schemes is not None else ():
            scheme = child.follow()
            kind = scheme.text("type")
            if kind not in SECURITY_SCHEMES or (kind == "apiKey" and scheme.text("in") != "header"):
                raise ContractError(scheme, f"security scheme {kind} is not supported")

    def _check_effect_key(self, operation: ir.Operation, by_id: dict[str, ir.Operation]) -> None:
        if operation.effect_key is None:
            return
        _, lookup_id = operation.effect_key
        lookup = by_id.get(lookup_id)
        if lookup is None or lookup.method != "GET" or lookup.result != operation.result:
            raise ContractError(
                self._document,
                f"{operation.id}: the look-up {lookup_id} must be a GET with the same answer",
            )
        if [p.place for p in lookup.parameters if p.required] != ["path"]:
            raise ContractError(
                self._document,
                f"{operation.id}: the look-up {lookup_id} must take one path parameter",
            )


def _derived_id(method: str, path: str) -> str:
    """A name for an operation that has none: `get_runs_run_id` for GET /v1/runs/{run_id}."""
    return names.snake(f"{method} {path.removeprefix(api_root([path]))}".replace("/", " "))


def _result(answers: tuple[tuple[int, ir.Type | None], ...]) -> ir.Type | None:
    """What a method returns: the one type of its answers, or their union."""
    distinct: list[ir.Type | None] = []
    for _, type_ in answers:
        if type_ not in distinct:
            distinct.append(type_)
    types = [type_ for type_ in distinct if type_ is not None]
    if not types:
        return None
    result: ir.Type = types[0] if len(types) == 1 else ir.UnionOf(tuple(types))
    return ir.Nullable(result) if None in distinct else result


def _json_media(content: Node) -> Node | None:
    for kind, media in content.items():
        bare = kind.partition(";")[0].strip().lower()
        if bare == "application/json" or bare.endswith("+json") or bare == "*/*":
            return media
    return None


def _effect_key(node: Node) -> tuple[str, str] | None:
    extension = node.get("x-arp-idempotency")
    if extension is None:
        return None
    key, lookup = extension.text("key"), extension.text("lookup")
    if not key or not lookup:
        raise ContractError(extension, "needs `key` and `lookup`")
    return key, lookup


def api_root(paths: list[str]) -> str:
    """The version segment that all paths begin with, such as `/v1`, or an empty string."""
    roots = {re.match(r"/v\d\w*(?=/|$)|", path)[0] for path in paths}  # type: ignore[index]
    return roots.pop() if len(roots) == 1 else ""
