from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Collection
from dataclasses import fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import msgspec

from arp_sdk.core import Client, ClientOptions, Operation, Options
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
    """The module that declares a client's operations."""
    package = client.name.rpartition(".")[0]
    return importlib.import_module(f"{package}.operations")


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


def test_every_field_and_member_is_described() -> None:
    expected = {
        each.name: [field.name for field in msgspec.structs.fields(each.value)]
        if issubclass(each.value, Model)
        else [*each.value.__members__]
        for each in classes()
        if issubclass(each.value, (Model, OpenEnum))
    }
    assert described(classes(), "Attributes", expected) == expected


def test_every_attribute_is_described() -> None:
    expected = {
        each.name: [field.name for field in fields(each.value)]
        for each in classes()
        if is_dataclass(each.value)
    }
    assert described(classes(), "Attributes", expected) == expected


def test_a_method_says_what_it_takes_and_returns() -> None:
    signatures = {each.name: inspect.signature(each.value) for each in METHODS}
    expected = {name: list(found.parameters)[1:] for name, found in signatures.items()}
    assert described(METHODS, "Args", expected) == expected
    for each in METHODS:
        has_result = signatures[each.name].return_annotation is not None
        assert ("Returns" in sections(own_docstring(each.value))) == has_result, each.name


def test_an_operation_says_what_it_raises() -> None:
    for each in OPERATIONS:
        raised = set(entries(sections(own_docstring(each.value))["Raises"]))
        takes_nothing = len(inspect.signature(each.value).parameters) == 1
        expected = FAILURES if takes_nothing else FAILURES | {"ArpValidationError"}
        assert raised == expected, each.name


def test_a_workflow_says_what_it_raises() -> None:
    texts = {each.name: " ".join(own_docstring(each.value).split()) for each in WORKFLOWS}
    assert [
        name
        for name, text in texts.items()
        if " Raises: " not in text and " raises what " not in text
    ] == []


def described(found: list[Public], heading: str, names: Collection[str]) -> dict[str, list[str]]:
    """The entries of a section of the docstrings of these names."""
    return {
        each.name: entries(sections(own_docstring(each.value)).get(heading, []))
        for each in found
        if each.name in names
    }


def test_every_operation_of_the_contract_is_looked_at() -> None:
    assert sorted(each.name for each in OPERATIONS) == sorted(declared())
    assert OPERATIONS
    assert WORKFLOWS


def test_the_constructor_describes_every_option() -> None:
    found = sections(own_docstring(Client.__init__))
    described = [name.removeprefix("**") for name in entries(found["Args"])]
    assert described == list(inspect.signature(Client).parameters)
    assert entries(found["Raises"]) == ["ArpConfigError"]


def test_every_option_is_described() -> None:
    described = entries(sections(own_docstring(ClientOptions))["Attributes"])
    assert described == list(ClientOptions.__annotations__)
    assert described == list(Options.__struct_fields__)
