"""The generator: all three services, and contracts that grow."""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from harness.environments import ROOT, variables
from harness.row import Row, Subject, Target

GENERATOR = ROOT / "codegen" / "generate.py"
OPERATIONS = 50


def three_services() -> dict[str, float]:
    return _timed("--check")


def growing(services: int) -> dict[str, float]:
    """Return the time for each of so many services of 50 operations."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "spec"
        for number in range(services):
            path = spec / "openapi" / f"service-{number}.openapi.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(_service(number)), encoding="utf-8")
        (spec / "schemas").mkdir()
        figures = _timed("--spec", str(spec), "--out", folder)
    return {metric: value / services for metric, value in figures.items()}


def _timed(*arguments: str) -> dict[str, float]:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, str(GENERATOR), *arguments], check=True, env=variables())
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "cpu": cpu}


def _service(number: int) -> dict[str, Any]:
    """Return a service with 50 operations, each with a model of its own."""
    names = [f"Thing{one}Of{number}" for one in range(OPERATIONS)]
    return {
        "openapi": "3.0.3",
        "info": {"title": f"Service {number} API", "version": "v1", "description": "Things."},
        "paths": dict(map(_path, names)),
        "components": {"schemas": {name: _schema(name) for name in names}},
    }


def _path(name: str) -> tuple[str, Any]:
    reference = {"$ref": f"#/components/schemas/{name}"}
    content = {"application/json": {"schema": reference}}
    parameter = {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}}
    operation = {
        "summary": f"Replace {name}.",
        "operationId": f"replace_{name.lower()}",
        "parameters": [parameter],
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "The thing as it is now.", "content": content}},
    }
    return f"/v1/{name.lower()}/{{thing_id}}", {"put": operation}


def _schema(name: str) -> dict[str, Any]:
    return {
        "title": name,
        "type": "object",
        "description": "A thing with properties of several kinds.",
        "required": ["thing_id", "kind"],
        "properties": {
            "thing_id": {"type": "string", "minLength": 1},
            "kind": {"type": "string", "enum": ["small", "large"], "title": f"{name}Kind"},
            "made_at": {"type": "string", "format": "date-time"},
            "weight": {"type": "number", "minimum": 0},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
    }


ROWS = [
    Row(
        "Generating",
        "here",
        [Subject("the three services of ARP", "", three_services)],
        [Target("the three services of ARP", "at most", 5)],
        rounds=5,
        note="`codegen/generate.py --check`, including the start of its process.",
    ),
    Row(
        "Generating larger contracts",
        "here",
        [Subject(f"{count} services", "", growing, [count]) for count in (5, 10, 25, 50)],
        [Target("50 services", "at most", 1.1, "10 services")],
        rounds=3,
        note=f"Each service has {OPERATIONS} operations and models. The time is for one service. "
        "It falls with their number, because they share the start of the process.",
    ),
]
