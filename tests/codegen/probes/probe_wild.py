"""Constructs of real documents, between generated clients and a generated server side."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from typing import Any

import pytest

from arp_sdk.errors import ArpValidationError
from arp_sdk.schema import UNSET, Upload, decode_json, encode_json
from arp_sdk.server import Event, app
from codegen.recording_server import RecordingServer, recording_server
from server.services import served

base: Any = import_module("acme.wild.server").WildService
wild: Any = import_module("acme.wild")
models: Any = import_module("acme.wild.models")


class Service(base):  # type: ignore[misc]
    """Responds with what it was asked."""

    async def list_notes(self, ids: list[int], **query: Any) -> Any:
        said = {name: repr(value) for name, value in sorted(query.items())}
        return models.Extended(id=repr(ids), secret=str(said), undeclared=[None])

    async def write_text(self, ids: str, body: str) -> str:
        return f"{ids}: {body}"

    async def upload(self, body: Any) -> bytes:
        files = [body.main, *(body.others or ())]
        said = repr((files, body.name, body.count, body.labels, body.about))
        return b"|".join([said.encode(), *(file.content for file in files)])

    async def upload_raw(self, body: bytes | None = None) -> bytes:
        return body or b"none"

    async def search(self, term: str, **query: Any) -> Any:
        return models.Found(additional_properties={"said": [term, query]})

    async def put_file(self, name: str, body: Any) -> bytes:
        content: bytes = body.main.content
        return content + name.encode()

    async def submit(self, body: Any) -> Any:
        return body

    async def create_run(self, body: Any) -> Any:
        return models.Run(id=body.input, stream=body.stream)

    async def create_run_stream(
        self, body: Any, *, last_event_id: str | None = None
    ) -> AsyncIterator[Event[Any]]:
        async def events() -> AsyncIterator[Event[Any]]:
            for number in (1, 2):
                run = models.Run(id=f"{body.input}{number}{last_event_id}", stream=body.stream)
                yield Event(run, str(number), "run")

        return events()

    async def patch_thing(self, id: str, body: Any = UNSET) -> Any:
        return None if body is None else {id: "absent" if body is UNSET else body.to_dict()}

    async def delete_things_id(self, id: str) -> None:
        assert id == "a/b"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The URL of the service, on a real socket."""
    with served(app(Service(), auth=None)) as service:
        yield service.url


@pytest.fixture(params=["threads", "asyncio"])
def call(request: pytest.FixtureRequest, url: str) -> Any:
    """A function that calls a method of a client, of either kind."""

    def call_now(name: str, *arguments: Any, **keywords: Any) -> Any:
        if request.param == "threads":
            with wild.WildClient(url, retries=0) as client:
                found = getattr(client, name)(*arguments, **keywords)
                return list(found) if name.endswith("_stream") else found

        async def later() -> Any:
            async with wild.AsyncWildClient(url, retries=0) as client:
                found = getattr(client, name)(*arguments, **keywords)
                if name.endswith("_stream"):
                    return [event async for event in found]
                return await found

        return asyncio.run(later())

    return call_now


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with recording_server() as server:
        yield server


def test_query_parameters_of_every_style(call: Any, server: RecordingServer) -> None:
    arguments = {
        "query_ids": 7,
        "level": models.Level.HYPHEN_MINUS_1,
        "filter": models.Filter(name="a&b", size=models.FilterSize(min=3)),
        "page": models.ListNotesPage(offset=4, limit=5),
        "within": models.ListNotesWithin(from_=1, to=2),
        "where": {"x": 1},
        "words": ["a b", "c"],
        "order": models.ListNotesOrder.VALUE_1,
    }
    note = call("list_notes", [1, 2], **arguments)

    assert note.id == "[1, 2]"
    assert note.secret == str({name: repr(value) for name, value in sorted(arguments.items())})
    server.answer(200, b'{"undeclared": 1}')
    with wild.WildClient(server.url) as client:
        client.list_notes([1, 2], **arguments)
    assert server.last.target == (
        "/notes/1,2?ids=7&level=-1&filter%5Bname%5D=a%26b&filter%5Bsize%5D%5Bmin%5D=3"
        "&offset=4&limit=5&within=from,1,to,2&where=%7B%22x%22%3A1%7D&words=a+b%7Cc&order=%2B1"
    )


def test_query_parameters_of_free_form_objects(call: Any, server: RecordingServer) -> None:
    arguments = {"labels": {"a": ["x"], "b": ["y", "z"]}, "free": {"n": 1, "list": ["p q"]}}
    found = call("search", term="t", **arguments)

    read = {**arguments, "free": {"n": "1", "list": '["p q"]'}}
    assert found.additional_properties == {"said": ["t", read]}
    assert "https://search.example" in wild.WildClient.search.__doc__
    server.answer(200, b"{}")
    with wild.WildClient(server.url) as client:
        client.search(term="t", **arguments)
        with pytest.raises(ArpValidationError, match="term: is required"):
            client.search(term=None)
    assert server.last.target == (
        "/search?term=t&labels%5Ba%5D=x&labels%5Bb%5D=y&labels%5Bb%5D=z&n=1&list=%5B%22p+q%22%5D"
    )


def test_files_that_are_declared_as_json(call: Any) -> None:
    assert call("put_file", "n", models.Bundle(main=Upload(b"\0\xff"))) == b"\0\xffn"


@pytest.mark.parametrize(
    ("wire", "type_"),
    [
        ({"pair": ["a", None]}, list),
        ({"pair": ["a"], "more": [1, 1.5, {"a": 1}]}, list),
        ({"nothing": None, "maybe": None}, type(None)),
        ({"maybe": "abc"}, str),
        ({"day": "2026-01-02"}, str),
        ({"seed": -(2**63)}, int),
        ({"loose": {"name": "n"}}, models.FoundLooseOption1),
        ({"loose": "text"}, str),
        ({"loose": None}, type(None)),
        ({"labels": ["ab"]}, list),
        ({"vehicle": {"sort": "Van", "doors": 2, "load": 3}}, models.Van),
        ({"part": {"text": "a", "role": "r"}}, models.Part),
        ({"both": {"wings": 2, "fresh": True}}, models.BothOption2Option2),
    ],
)
def test_values_of_combined_schemas(wire: dict[str, Any], type_: type) -> None:
    found = models.Found.from_dict(wire)

    assert type(getattr(found, next(iter(wire)))) is type_
    assert found.to_dict() == wire
    found.validate()


@pytest.mark.parametrize(
    ("wire", "says"),
    [
        ({"pair": ["a", 1, 2]}, "length <= 2"),
        ({"day": "1999-01-01"}, "pattern|regex"),
        ({"labels": ["a"]}, "length >= 2"),
        ({"part": {"text": "a", "url": "u"}}, "cannot have `text` and `url`"),
    ],
)
def test_values_of_combined_schemas_that_break_them(wire: dict[str, Any], says: str) -> None:
    found = models.Found.from_dict(wire)

    with pytest.raises(ArpValidationError, match=says):
        found.validate()


def test_text_and_bytes(call: Any) -> None:
    content = os.urandom(1000)

    assert call("write_text", "é", "ü\r\n\0") == "é: ü\r\n\0"
    assert call("upload_raw", content) == content
    assert call("upload_raw") == b"none"
    with pytest.raises(ArpValidationError, match="length >= 2"):
        call("write_text", "x", "u")
    with pytest.raises(ArpValidationError, match="must be bytes, not str"):
        call("upload_raw", "text")


def test_forms_with_files(call: Any) -> None:
    files = [Upload(os.urandom(300), 'a"\r\n', "image/png"), Upload(b"\r\n--"), Upload(b"")]
    about = models.Filter(name="ö", size=models.FilterSize(min=1))
    labels = ["a", "b,c"]
    said = call(
        "upload",
        models.Bundle(
            main=files[0], others=files[1:], name="n", count=3, labels=labels, about=about
        ),
    )

    read = [Upload(files[0].content, "a%22%0D%0A", "image/png"), *files[1:]]
    expected = repr((read, "n", 3, labels, about)).encode()
    assert said == b"|".join([expected, *(file.content for file in files)])


def test_forms_without_files(call: Any, server: RecordingServer) -> None:
    owner = models.Filter(name="o", size=models.FilterSize(min=2))
    form = models.Form(
        name="a b", on=True, marks=[1, 2], tags=["x", "y"], owner=owner, about=owner, level=2
    )

    assert call("submit", form) == form
    server.answer(200, b'{"name": "x"}', "application/vnd.wild+json")
    with wild.WildClient(server.url) as client:
        client.submit(form)
    assert server.last.body == (
        b"name=a+b&on=true&marks=1,2&tags=x&tags=y&owner%5Bname%5D=o&owner%5Bsize%5D%5Bmin%5D=2"
        b"&about=%7B%22name%22%3A%22o%22%2C%22size%22%3A%7B%22min%22%3A2%7D%7D&level=2"
    )
    assert server.last.headers["content-type"] == "application/x-www-form-urlencoded"
    assert server.last.headers["accept"] == "application/vnd.wild+json"


def test_a_stream_on_demand(call: Any) -> None:
    start = models.RunStart(input="r")

    assert call("create_run", start) == models.Run(id="r", stream=False)
    assert call("create_run_stream", start, last_event_id="7") == [
        models.Run(id="r17", stream=True), models.Run(id="r27", stream=True),
    ]  # fmt: skip
    assert start.stream is None
    with pytest.raises(ArpValidationError, match="stream: must be False"):
        call("create_run", models.RunStart(input="r", stream=True))


def test_a_body_that_may_be_null(call: Any) -> None:
    note = models.Extended(undeclared=1, additional_properties={"extra": 2})

    assert call("patch_thing", "x") == {"x": "absent"}
    assert call("patch_thing", "x", None) is None
    assert call("patch_thing", "x", note) == {"x": {"undeclared": 1, "extra": 2}}


def test_responses_that_are_not_declared(call: Any, server: RecordingServer) -> None:
    assert call("delete_things_id", "a/b") is None
    server.answer(200, b"\0anything", "image/gif")
    with wild.WildClient(server.url) as client:
        assert client.follow("x") == b"\0anything"
    assert server.last.headers["accept"] == "*/*"


def test_text_of_another_character_set(server: RecordingServer) -> None:
    server.answer(200, "ä".encode("latin-1"), 'text/plain; charset="latin-1"')

    with wild.WildClient(server.url) as client:
        assert client.write_text("x", "yy") == "ä"


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("always", [True], [False, 1]),
        ("rate", [0.5, 1], [0.7]),
        ("mixed", ["auto", 0, False], ["", 1, True]),
        ("never", [None], [0, ""]),
        ("tags", [[], ["a", "b"]], [["a", "a"]]),
        ("by_name", [{"a": 1}], [{"A": 1}]),
        ("either", ["x", models.ExtendedEitherOption2(a=1)], [3]),
        ("kind", ["big"], ["huge"]),
        ("additional_properties", [{"x": 0}, {}], [{"x": -1}, {"x": "y"}]),
        ("next", [models.Extended(undeclared=1)], [models.Filter()]),
    ],
)
def test_constraints(field: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        model = models.Extended(undeclared=1, **{field: value})
        model.validate()
        assert models.Extended.from_json(model.to_json()) == model
    for value in bad:
        with pytest.raises(ArpValidationError, match=r"Extended|Filter"):
            models.Extended(undeclared=1, **{field: value}).validate()


def test_an_object_with_subtypes_and_a_number_of_properties() -> None:
    hen = {"sort": "hen", "age": 1, "eggs": 2}
    herd = models.Herd.from_dict({"first": hen})

    assert type(herd.first) is models.Hen
    assert herd.to_dict() == {"first": hen}
    herd.validate()
    with pytest.raises(ArpValidationError, match="needs `first` or `size`"):
        models.Herd().validate()


def test_unknown_values_are_kept() -> None:
    wire = {"undeclared": 1, "kind": "huge", "mixed": [2], "rate": 7.0, "other": 3}
    read = models.Extended.from_dict(wire)

    assert read.to_dict() == wire
    assert (read.kind.is_known, read.additional_properties) == (False, {"other": 3})
    assert models.Level(5).is_known is False


def test_combinations_of_unions() -> None:
    narrowed = models.Narrowed
    assert type(decode_json(b'{"text": "a", "x": 1}', narrowed)) is models.NarrowedOption1
    assert type(decode_json(b'{"more": 3}', narrowed)) is models.NarrowedOption2
    assert type(decode_json(b'{"kind": "flat", "area": 1}', models.Shape2)) is models.Flat
    for voice in (b'"x"', b'"alto"', b'{"id":"x"}'):
        assert encode_json(decode_json(voice, models.Voice), models.Voice) == voice
    with pytest.raises(ArpValidationError):
        encode_json(models.NarrowedOption2(more=10), narrowed)
    with pytest.raises(ArpValidationError):
        encode_json("abcde", models.Word)
