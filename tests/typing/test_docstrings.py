from __future__ import annotations

import ast
import importlib
import inspect
from dataclasses import fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from arp_sdk.core import Client, Operation
from arp_sdk.schema import Model, OpenEnum

from .docstrings import entries, needs_docstrings, own_docstring, sections
from .public import Public, aliases, classes, functions, packages

pytestmark = needs_docstrings

CLIENTS = [
    each for each in classes() if issubclass(each.value, Client) and each.value is not Client
]
METHODS = [
    each
    for each in functions()
    if each.name.rpartition(".")[0] in {client.name for client in CLIENTS}
    and not each.name.endswith(".raw")
]
FAILURES = {
    "ArpApiError",
    "ArpConnectionError",
    "ArpTimeoutError",
    "ArpDecodeError",
}


def by_name(found: list[Public]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("public", found, ids=[each.name for each in found])


def alias_docstrings(package: ModuleType) -> set[str]:
    """The names that a string literal follows, which is how an alias is documented."""
    found = set()
    for path in Path(str(package.__file__)).parent.glob("**/*.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for statement, following in pairwise(body):
            target = getattr(statement, "target", None) or getattr(statement, "targets", [None])[0]
            value = following.value if isinstance(following, ast.Expr) else None
            if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
                found.add(f"{package.__name__}.{target.id}")
    return found


def operations_of(client: Public) -> ModuleType:
    """The private module that declares a client's operations."""
    package = client.name.rpartition(".")[0]
    return importlib.import_module(f"{package}._operations")


def declared() -> dict[str, Operation[object]]:
    """The operations of all clients, by the full names of their methods."""
    return {
        f"{client.name}.{operation.name}": operation
        for client in CLIENTS
        for operation in vars(operations_of(client)).values()
        if isinstance(operation, Operation)
    }


OPERATIONS = [each for each in METHODS if each.name in declared()]
WORKFLOWS = [each for each in METHODS if each.name not in declared()]


def test_every_package_has_a_docstring() -> None:
    assert [each.__name__ for each in packages() if not each.__doc__] == []


def test_every_class_has_a_docstring() -> None:
    assert [each.name for each in classes() if not own_docstring(each.value)] == []


def test_every_function_and_method_has_a_docstring() -> None:
    assert [
        each.name
        for each in functions()
        if not each.name.endswith("__") and not own_docstring(each.value)
    ] == []


def test_every_alias_has_a_docstring() -> None:
    documented = {name for package in packages() for name in alias_docstrings(package)}
    assert {each.name for each in aliases()} - documented == set()


@by_name([each for each in classes() if issubclass(each.value, (Model, OpenEnum))])
def test_every_field_and_member_is_described(public: Public) -> None:
    described = entries(sections(own_docstring(public.value)).get("Attributes", []))
    if issubclass(public.value, Model):
        expected = [field.name for field in msgspec.structs.fields(public.value)]
    else:
        expected = list(public.value.__members__)
    assert described == expected


@by_name([each for each in classes() if is_dataclass(each.value)])
def test_every_attribute_is_described(public: Public) -> None:
    described = entries(sections(own_docstring(public.value)).get("Attributes", []))
    assert described == [field.name for field in fields(public.value)]


@by_name(METHODS)
def test_a_method_says_what_it_takes_and_returns(public: Public) -> None:
    found = sections(own_docstring(public.value))
    signature = inspect.signature(public.value)
    assert entries(found.get("Args", [])) == list(signature.parameters)[1:]
    assert ("Returns" in found) == (signature.return_annotation is not None)


@by_name(OPERATIONS)
def test_an_operation_says_what_it_raises(public: Public) -> None:
    raised = set(entries(sections(own_docstring(public.value))["Raises"]))
    takes_nothing = len(inspect.signature(public.value).parameters) == 1
    assert raised == (FAILURES if takes_nothing else FAILURES | {"ArpValidationError"})


@by_name(WORKFLOWS)
def test_a_workflow_says_what_it_raises(public: Public) -> None:
    text = " ".join(own_docstring(public.value).split())
    assert " Raises: " in text or " raises what " in text


def test_every_operation_of_the_contract_is_looked_at() -> None:
    assert sorted(each.name for each in OPERATIONS) == sorted(declared())
    assert OPERATIONS
    assert WORKFLOWS


def test_the_constructor_describes_every_option() -> None:
    found = sections(own_docstring(Client.__init__))
    assert entries(found["Args"]) == list(inspect.signature(Client).parameters)
    assert entries(found["Raises"]) == ["ArpConfigError"]


def test_options_are_those_of_the_constructor() -> None:
    constructor = inspect.signature(Client).parameters
    for name in inspect.signature(Client.with_options).parameters:
        assert name == "self" or name in constructor
