"""The media types of bodies: which one a client uses, and as which type."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline import ir
from pipeline.errors import ContractError
from pipeline.load.keywords import ENCODING
from pipeline.load.references import Node

from . import scalars
from .scalars import UPLOAD
from .schema_kinds import is_empty
from .schemas import Schemas

STREAMS = ("text/event-stream", "application/x-ndjson")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_JSON = ("application/json", "*/*", "text/json")


def kind_of(media_type: str) -> str:
    """Return a media type without parameters."""
    return media_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Return whether a media type is JSON, or any."""
    return kind_of(media_type) in _JSON or kind_of(media_type).endswith("+json")


class MediaReader:
    """Reads the content of requests and responses."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def response(self, content: Node, kinds: Iterable[str], name: str) -> ir.Type:
        """Return the type of a response in some of its media types."""
        kind = _preferred(content, kinds)
        if _is_raw(content[kind], kind):
            return ir.Content(ir.Scalar("bytes"), (kind_of(kind),))
        if is_json(kind):
            type_ = self._json(content[kind], name)
            usual = kind_of(kind) in ("application/json", "*/*")
            return type_ if usual else ir.Content(type_, (kind_of(kind),))
        others = tuple(kind_of(each) for each in kinds if not is_json(each))
        text = all(each.startswith("text/") for each in others)
        return ir.Content(ir.Scalar("str" if text else "bytes"), others)

    def request(self, content: Node, name: str) -> ir.Body:
        """Return the body of a request in the media type that a client uses."""
        kind = _preferred(content, content.value)
        forms = [each for each in content.value if kind_of(each) in FORMS]
        if forms and is_json(kind) and _has_file(content[kind], set()):
            kind = _preferred(content, forms)
        media, media_type = content[kind], kind_of(kind)
        if _is_raw(media, kind):
            plain = "application/octet-stream" if media_type == "*/*" else media_type
            return ir.Body(ir.Scalar("bytes"), False, "", plain)
        if is_json(kind):
            plain = "application/json" if media_type == "*/*" else media_type
            return ir.Body(self._json(media, name), False, "", plain)
        if media_type in FORMS:
            return self._form(media, media_type, name)
        if media_type.startswith("multipart/"):
            raise ContractError(media, f"a request body of {media_type} is not supported")
        if not media_type.startswith("text/"):
            return ir.Body(ir.Scalar("bytes"), False, "", media_type)
        type_ = self._schemas.of_media(media, name)
        string = ir.Scalar("str")
        is_string = string in (type_, *ir.parts(type_))
        return ir.Body(type_ if is_string else string, False, "", media_type)

    def _json(self, media: Node, name: str) -> ir.Type:
        type_ = self._schemas.of_media(media, name)
        if self._schemas.has_upload(type_):
            raise ContractError(media, "binary content inside JSON is not supported")
        return type_

    def _form(self, media: Node, media_type: str, name: str) -> ir.Body:
        type_ = self._schemas.of_media(media, name)
        if self._schemas.kind(type_) != "object" or type_ == UPLOAD:
            raise ContractError(media, "a form that is not an object is not supported")
        encoding: list[tuple[str, str, bool]] = []
        for key, entry in media.members("encoding"):
            entry.expect_only(ENCODING)
            style, explode = entry.text("style"), entry.flag("explode", True)
            if is_json(entry.text("contentType")):
                encoding.append((key, "json", True))
            elif style or "explode" in entry:
                encoding.append((key, style or "form", explode))
        return ir.Body(type_, False, "", media_type, tuple(encoding))


def _is_raw(media: Node, kind: str) -> bool:
    """Return whether content is a file as a whole, although its media type may be JSON."""
    schema = media.get("schema")
    if schema is None or not is_json(kind):
        return False
    schema = schema.follow()
    return "format" in schema and scalars.string(schema) == scalars.UPLOAD


def _has_file(node: Node, seen: set[Node]) -> bool:
    """Return whether a schema has a file somewhere inside, which only a form can have."""
    if node in seen or not isinstance(node.value, (dict, list)):
        return False
    seen.add(node)
    if "$ref" in node and _has_file(node.target(), seen):
        return True
    if isinstance(node.value, dict) and node.value.get("type") == "string":
        return scalars.string(node) == UPLOAD
    keys = node.value if isinstance(node.value, dict) else range(len(node.value))
    return any(_has_file(node[key], seen) for key in keys)


def _preferred(content: Node, kinds: Iterable[str]) -> str:
    """Return the media type that a client uses: JSON, if it says more than that it is JSON."""

    def rank(kind: str) -> tuple[int, bool]:
        if is_json(kind):
            schema = content[kind].get("schema")
            return (6 if schema is None or is_empty(schema) else 0), kind_of(kind) not in _JSON
        base = kind_of(kind)
        found = [base in FORMS[:1], base in FORMS, base.startswith("text/"), True]
        return found.index(True) + 1, False

    return min(kinds, key=rank)
