#!/usr/bin/env bash
# OpenTelemetry's span decorator on a generator makes a span of no length, and its children have no parent.
#
# Versions: opentelemetry-sdk 1.45.2, Python 3.11.
# Guess: `@tracer.start_as_current_span("name")` covers what a function does: for an asynchronous
#   function until it returns, for a generator until it is exhausted.
# Why it is a good guess: the decorator was made to handle `async def`, where an ordinary context
#   manager as a decorator would end too early, too; a streaming function is what an LLM client is full
#   of, and an error there should mark its span.
# Actual behavior: for generators, the span ends before the first item is produced. It lasts some
#   microseconds and has status UNSET even if the stream fails; the spans made while iterating are roots
#   of other traces. Nothing warns of it.
# Output seen (of each span: parent of the inner span, status after an error, covers the work):
#   coroutine work ERROR True, generator None UNSET False, async generator None UNSET False
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    opentelemetry-api==1.45.2 opentelemetry-sdk==1.45.2
"$dir/venv/bin/python" - <<'PY'
import asyncio

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
tracer = provider.get_tracer("finding")


def step():
    with tracer.start_as_current_span("inner"):
        pass


@tracer.start_as_current_span("work")
async def coroutine():
    step()
    raise ConnectionError


@tracer.start_as_current_span("work")
def generator():
    step()
    yield 1
    raise ConnectionError


@tracer.start_as_current_span("work")
async def async_generator():
    step()
    yield 1
    raise ConnectionError


async def iterate():
    async for _ in async_generator():
        pass


def seen(run):
    exporter.clear()
    try:
        run()
    except ConnectionError:
        pass
    spans = {span.name: span for span in exporter.get_finished_spans()}
    inner, work = spans["inner"], spans["work"]
    has_parent = inner.parent is not None and inner.parent.span_id == work.context.span_id
    covers = work.start_time <= inner.start_time and inner.end_time <= work.end_time
    return ("work" if has_parent else None, work.status.status_code.name, covers)


found = {
    "coroutine": seen(lambda: asyncio.run(coroutine())),
    "generator": seen(lambda: list(generator())),
    "async generator": seen(lambda: asyncio.run(iterate())),
}
print(", ".join(f"{name} {' '.join(map(str, facts))}" for name, facts in found.items()))
assert found["coroutine"] == ("work", "ERROR", True)
assert found["generator"] == found["async generator"] == (None, "UNSET", False)
PY
