from __future__ import annotations

import importlib
import inspect
from typing import Any, get_origin

import pytest

from arp_sdk.core import Client, EventStream, Operation, RawResponse

from .hints import signature_hints
from .public import Public, classes, methods

CLIENTS = [
    each for each in classes() if issubclass(each.value, Client) and each.value is not Client
]


@pytest.mark.parametrize("client", CLIENTS, ids=[each.name for each in CLIENTS])
def test_raw_has_every_method_with_the_same_arguments(client: Public) -> None:
    package = importlib.import_module(f"{client.value.__module__.rpartition('.')[0]}.operations")
    declared = {each.name for each in vars(package).values() if isinstance(each, Operation)}
    plain = {name: each for name, each in operations(client).items() if name in declared}
    raw_class = signature_hints(Public("raw", client.value.raw.fget))["return"]
    raw = operations(Public("raw", raw_class))
    assert raw.keys() == {name for name, each in plain.items() if not is_stream(each)}
    for name, method in raw.items():
        arguments, plain_arguments = signature_hints(method), signature_hints(plain[name])
        assert arguments.pop("return") == raw_response_of(plain_arguments.pop("return"))
        assert arguments == plain_arguments
        assert kinds(method) == kinds(plain[name])


def operations(owner: Public) -> dict[str, Public]:
    found = {each.name.rpartition(".")[2]: each for each in methods(owner)}
    return {name: each for name, each in found.items() if name != "raw" and name[0] != "_"}


def raw_response_of(parsed: object) -> object:
    generic: Any = RawResponse
    return generic[parsed]


def is_stream(method: Public) -> bool:
    return get_origin(signature_hints(method)["return"]) is EventStream


def kinds(method: Public) -> list[tuple[str, object, object]]:
    parameters = inspect.signature(method.value).parameters.values()
    return [(each.name, each.kind, each.default) for each in parameters]
