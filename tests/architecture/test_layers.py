"""The structure of the code: small folders, no import cycles, and imports that point down only."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ROOTS = [*sorted(REPOSITORY.glob("packages/*/src")), REPOSITORY / "codegen", REPOSITORY / "tools"]
MOST_MODULES = 15

# From the bottom to the top. A module imports from its own layer and from the layers below it.
# A package's own name stands for its `__init__`.
LAYERS = {
    "arp_sdk": """
        errors
        schema
        models
        core
        server
        daemon
        runtime
        tool_registry
        v0_3
        sandbox
        check
        cli
        mcp
    """,
    "arp_sdk.check": """
        _version
        _exchange
        _report
        _contract
        _probe
        _scenarios
        _property
        _check
        check
        _formats
        _command_line
        __main__
    """,
    "arp_sdk.core": """
        _version
        _contract
        _http
        _fork
        _late
        _options
        _auth
        _call
        _transport
        _streaming
        _workflows
        _base_client
        _sync
        aio
        core
    """,
    "arp_sdk.mcp": """
        _version
        _local
        _content
        _repair
        _connection
        _sources
        _tasks
        _changes
        _host
        _registry
        mcp
        _command_line
        __main__
    """,
    "arp_sdk.sandbox": """
        _version
        _state
        _faults
        _http
        _tool_registry
        _runtime
        _daemon
        _assembly
        _service_thread
        _sandbox
        sandbox
        _command_line
        _pytest_plugin
        __main__
    """,
    "arp_sdk.server": """
        _version
        _errors
        _service
        _http
        _auth
        _events
        _pages
        _app
        server
        jwt
        tools
    """,
    "arp_sdk.v0_3": """
        models
        atomic_executor
        composite_executor
        node_registry
        pdp
        run_coordinator
        run_gateway
        selection
    """,
    "arp_sdk.cli": """
        _version
        _failure
        _contract
        _generated
        _output
        _session
        _operations
        _web
        _commands
        _main
        cli
        __main__
    """,
    "pipeline": """
        errors
        names
        ir
        load
        read
        render
        output
        distribution
        pipeline
    """,
}


def modules() -> dict[str, Path]:
    """The modules of the repository, by their full names."""
    found: dict[str, Path] = {}
    for root in ROOTS:
        for path in root.rglob("*.py"):
            *folders, name = path.relative_to(root).with_suffix("").parts
            found[".".join(folders if name == "__init__" else [*folders, name])] = path
    return found


MODULES = modules()


def imported(module: str) -> Iterator[str]:
    """The modules of the repository that a module imports, anywhere in its code."""
    path = MODULES[module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            submodules = [f"{base}.{alias.name}" for alias in node.names]
            names = [name if name in MODULES else base for name in submodules]
        yield from (name for name in names if name in MODULES and name != module)


@cache
def imports() -> dict[str, set[str]]:
    """The modules that each module imports."""
    return {module: set(imported(module)) for module in MODULES}


def layer_of(module: str, package: str) -> str:
    """The part of a package that a module is in: the package's name for its `__init__`."""
    inner = module.removeprefix(package).removeprefix(".")
    return inner.partition(".")[0] or package.rpartition(".")[2]


def inside(package: str) -> list[str]:
    return [each for each in MODULES if each == package or each.startswith(f"{package}.")]


def test_there_is_something_to_check() -> None:
    assert {"arp_sdk.core._sync._client", "arp_sdk.sandbox", "pipeline", "generate"} <= set(MODULES)
    assert "arp_sdk.core" in imports()["arp_sdk.daemon._client"]


def test_no_folder_has_too_many_modules() -> None:
    sizes: defaultdict[Path, int] = defaultdict(int)
    for path in MODULES.values():
        sizes[path.parent.relative_to(REPOSITORY)] += path.name != "__init__.py"
    assert {folder: size for folder, size in sizes.items() if size > MOST_MODULES} == {}


def test_no_distribution_owns_the_namespace() -> None:
    assert "arp_sdk" not in MODULES


def test_no_import_cycle() -> None:
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


@pytest.mark.parametrize("package", LAYERS)
def test_every_module_is_in_a_layer(package: str) -> None:
    assert {layer_of(module, package) for module in inside(package)} == {*LAYERS[package].split()}


@pytest.mark.parametrize("package", LAYERS)
def test_no_import_points_up(package: str) -> None:
    height = {name: number for number, name in enumerate(LAYERS[package].split())}
    upward = {
        (module, target)
        for module in inside(package)
        for target in imports()[module] & {*inside(package)}
        if height[layer_of(module, package)] < height[layer_of(target, package)]
    }
    assert upward == set()


def test_clients_do_not_know_each_other() -> None:
    clients = ("arp_sdk.daemon", "arp_sdk.runtime", "arp_sdk.tool_registry")
    for client in clients:
        others = {each for other in clients if other != client for each in inside(other)}
        assert [module for module in inside(client) if imports()[module] & others] == []
