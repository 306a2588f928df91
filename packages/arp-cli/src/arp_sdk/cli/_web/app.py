"""The pages and their parts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.responses import StreamingResponse as Streaming
from starlette.routing import Route

from arp_sdk.cli._failure import Problem, explain
from arp_sdk.cli._output.events import summary
from arp_sdk.cli._output.formats import as_data
from arp_sdk.cli._output.text import age, as_json, between, duration, plain, short
from arp_sdk.cli._output.traces import Span, spans
from arp_sdk.cli._session.session import Source
from arp_sdk.errors import ArpApiError, ArpError
from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceRegisterRequest,
    RunRequest,
    RunRequestInput,
    RuntimeProfileUpsertRequest,
)

from .forms import arguments_of, fields_of, form_of
from .services import Services

if TYPE_CHECKING:
    from arp_sdk.models import RunEvent
    from arp_sdk.sandbox import Fault, Sandbox

_HERE = Path(__file__).parent
_ON_A_PAGE = 50
_STATES = ("queued", "running", "succeeded", "failed", "canceled")
# Parts of a trace that are drawn; the command `arp trace` shows all of them.
_MOST_SPANS = 500
# Events that come this close together travel together.
_GATHER_SECONDS = 0.03
_GATHER_EVENTS = 250


class Pages:
    """The pages of one user.

    Args:
        base: The path of the page, which has its secret.
        box: The sandbox whose faults can be switched, or None.
    """

    def __init__(self, source: Source, base: str, box: Sandbox | None) -> None:
        self._source = source
        self._base = base
        self._box = box
        self._faults: list[Fault] = []
        self._services: Services | None = None
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=lambda value: plain(value, lines=True) if type(value) is str else value,
        )
        self._environment.filters.update(
            age=age, between=between, json=lambda value: as_json(as_data(value), indent=2),
            seconds=duration, short=short, query=lambda value: urlencode({"id": value}),
        )  # fmt: skip
        self._environment.globals.update(
            base=base, source=source.name, states=_STATES, kinds=_FAULTS, has_faults=box is not None
        )

    def __repr__(self) -> str:
        return f"Pages({self._source.name!r})"

    def app(self) -> Starlette:
        """Return the application, whose paths begin after the secret."""
        get, post = ["GET"], ["POST"]
        routes = [
            Route("/", self._home, methods=get),
            Route("/assets/{name}", self._asset, methods=get),
            Route("/runs", self._runs, methods=get),
            Route("/runs", self._submit, methods=post),
            Route("/run", self._run, methods=get),
            Route("/run/status", self._status, methods=get),
            Route("/run/events", self._events, methods=get),
            Route("/run/trace", self._trace, methods=get),
            Route("/run/cancel", self._cancel, methods=post),
            Route("/tools", self._tools, methods=get),
            Route("/tool", self._tool, methods=[*get, *post]),
            Route("/instances", self._instances, methods=get),
            Route("/instances", self._change_instances, methods=post),
        ]
        if self._box is not None:
            routes.append(Route("/faults", self._show_faults, methods=get))
            routes.append(Route("/faults", self._change_faults, methods=post))

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            self._services = Services(self._source)
            yield
            await self._services.close()

        handlers: dict[Any, Callable[..., Any]] = {ArpError: self._error, Problem: self._error}
        return Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)

    @property
    def _of(self) -> Services:
        assert self._services is not None  # noqa: S101  # requests come after the start
        return self._services

    def _html(self, template: str, code: int = 200, **values: Any) -> HTMLResponse:
        text = self._environment.get_template(template).render(**values)
        return HTMLResponse(text, code)

    def _to(self, place: str) -> RedirectResponse:
        return RedirectResponse(f"{self._base}{place}", 303)

    async def _error(self, request: Request, error: Exception) -> Response:
        failure = explain(error)
        what, hint = (failure.what, failure.hint) if failure else (str(error), "")
        status = error.status_code if isinstance(error, ArpApiError) else 502
        # A part of a page is replaced by a line, a page by a page.
        template = "failure.html" if "part" in request.query_params else "error.html"
        return self._html(template, status, what=what, hint=hint)

    async def _home(self, _: Request) -> Response:
        return self._to("/runs")

    async def _asset(self, request: Request) -> Response:
        path = _HERE / "assets" / request.path_params["name"]
        return FileResponse(path) if path.is_file() else Response(status_code=404)

    async def _runs(self, request: Request) -> Response:
        given = request.query_params
        state, wanted = given.get("state", ""), given.get("find", "")
        page = max(int(given["page"]), 1) if given.get("page", "").isdecimal() else 1
        found = [
            run
            for run in await self._of.runs()
            if (not state or run.state == state) and wanted in run.run_id
        ]
        first = (page - 1) * _ON_A_PAGE
        template = "runs_part.html" if "part" in given else "runs.html"
        return self._html(
            template,
            runs=found[first : first + _ON_A_PAGE],
            total=len(found),
            first=first,
            page=page,
            pages=max(-(-len(found) // _ON_A_PAGE), 1),
            state=state,
            find=wanted,
            link=lambda number: urlencode({"state": state, "find": wanted, "page": number}),
        )

    async def _submit(self, request: Request) -> Response:
        form = await form_of(request)
        body = RunRequest(input=RunRequestInput(goal=form.get("goal", "")))
        status = await self._of.daemon.submit_run(body)
        await self._of.runs(now=True)
        return self._to(f"/run?{urlencode({'id': status.run_id})}")

    async def _state(self, request: Request) -> dict[str, Any]:
        run = request.query_params.get("id", "")
        status = await self._of.daemon.get_run_status(run)
        ended = status.state in _STATES[2:]
        result = None
        if ended:
            try:
                result = await self._of.daemon.get_run_result(run)
            except ArpApiError:
                # A daemon need not keep the results of runs that were canceled.
                result = None
        return {"status": status, "result": result, "ended": ended}

    async def _run(self, request: Request) -> Response:
        return self._html("run.html", **await self._state(request))

    async def _status(self, request: Request) -> Response:
        state = await self._state(request)
        response = self._html("run_part.html", **state)
        if state["ended"]:
            response.headers["X-Final"] = "1"
        return response

    async def _events(self, request: Request) -> Response:
        run = request.query_params.get("id", "")
        last = request.headers.get("last-event-id", "")
        events = self._of.events(run, int(last) if last.isdecimal() else -1)
        return Streaming(self._rows(events), media_type="text/event-stream")

    async def _rows(self, events: AsyncIterator[RunEvent]) -> AsyncIterator[str]:
        row = self._environment.get_template("event_rows.html")
        start = None
        async for batch in _batches(events):
            start = start or batch[0].time
            message = json.dumps(
                {"html": row.render(events=_lines(batch, start)), "count": len(batch)}
            )
            yield f"id: {batch[-1].seq}\ndata: {message}\n\n"
        yield "event: end\ndata: {}\n\n"

    async def _trace(self, request: Request) -> Response:
        run = request.query_params.get("id", "")
        response = await self._of.daemon.get_run_trace(run)
        root = spans(run, response.events) if response.events else None
        rows = _waterfall(root) if root else []
        return self._html(
            "trace_part.html", rows=rows[:_MOST_SPANS], left=len(rows[_MOST_SPANS:]), run=run,
            uri=response.trace_uri,
        )  # fmt: skip

    async def _cancel(self, request: Request) -> Response:
        run = (await form_of(request)).get("id", "")
        worker = await self._of.worker(await self._of.daemon.get_run_status(run))
        if worker is None:
            raise Problem(f"It is not known which runtime executes the run {run}.", "")
        await worker.cancel_run(run)
        return self._to(f"/run?{urlencode({'id': run})}")

    async def _tools(self, _: Request) -> Response:
        return self._html("tools.html", tools=await self._of.tools.list_tools())

    async def _tool(self, request: Request) -> Response:
        entered = await form_of(request) if request.method == "POST" else {}
        tool = await self._of.tools.get_tool(request.query_params.get("id", ""))
        fields = fields_of(tool.input_schema, entered)
        result, failure = None, None
        if request.method == "POST":
            try:
                arguments = arguments_of(fields, tool.input_schema)
                await self._of.tools.validate(tool, arguments)
                result = await self._of.tools.invoke(tool, arguments)
            except ArpError as error:
                failure = explain(error)
        return self._html("tool.html", tool=tool, fields=fields, result=result, failure=failure)

    async def _instances(self, _: Request) -> Response:
        instances = await self._of.daemon.list_instances()
        profiles = await self._of.daemon.list_runtime_profiles()
        return self._html(
            "instances.html", instances=instances.instances, profiles=profiles.profiles
        )

    async def _change_instances(self, request: Request) -> Response:
        form = await form_of(request)
        daemon, name = self._of.daemon, form.get("name", "")
        match form.get("action"):
            case "create":
                count = int(form["count"]) if form.get("count", "").isdecimal() else 1
                await daemon.create_instances(
                    InstanceCreateRequest(runtime_profile=name, count=count)
                )
            case "register":
                await daemon.register_instance(InstanceRegisterRequest(runtime_api_endpoint=name))
            case "delete":
                await daemon.delete_instance(name)
            case "set-profile":
                text = form.get("description") or None
                await daemon.upsert_runtime_profile(
                    name, RuntimeProfileUpsertRequest(description=text)
                )
            case "delete-profile":
                await daemon.delete_runtime_profile(name)
        return self._to("/instances")

    async def _show_faults(self, _: Request) -> Response:
        assert self._box is not None  # noqa: S101  # else there is no such route
        return self._html("faults.html", faults=self._faults, operations=_OPERATIONS, failure=None)

    async def _change_faults(self, request: Request) -> Response:
        assert self._box is not None  # noqa: S101  # else there is no such route
        form = await form_of(request)
        faults = self._box.faults
        if form.get("action") == "remove":
            for number, fault in enumerate(self._faults):
                if str(number) == form.get("name"):
                    faults.remove(fault)
                    self._faults.remove(fault)
                    break
            return self._to("/faults")
        kind = form.get("kind", "")
        damage: dict[str, Any] = dict(_FAULTS).get(kind, {})
        times = int(form["times"]) if form.get("times", "").isdecimal() else None
        try:
            fault = faults.add(operation=form.get("operation") or None, times=times, **damage)
        except ValueError as error:
            return self._html(
                "faults.html", 400, faults=self._faults, operations=_OPERATIONS, failure=str(error)
            )
        self._faults.append(fault)
        return self._to("/faults")


_OPERATIONS = (
    "submit_run", "get_run_status", "get_run_result", "list_runs", "stream_run_events",
    "list_tools", "invoke_tool", "list_instances", "create_instances",
)  # fmt: skip
_FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("respond with 503", {"status": 503, "retry_after": 1}),
    ("respond with 500", {"status": 500}),
    ("respond with 429", {"status": 429, "retry_after": 1}),
    ("delay by 3 seconds", {"delay": 3.0}),
    ("reset before the operation", {"reset": "before"}),
    ("reset after the operation", {"reset": "after"}),
    ("cut the response", {"truncate": True}),
    ("break the JSON", {"malformed": True}),
    ("drop the stream after 2 events", {"drop_stream_after": 2}),
)


async def _batches(events: AsyncIterator[RunEvent]) -> AsyncIterator[list[RunEvent]]:
    """Yield events in groups of those that come close together."""
    arrived: asyncio.Queue[RunEvent | None] = asyncio.Queue(_GATHER_EVENTS)

    async def read() -> None:
        async for event in events:
            await arrived.put(event)
        await arrived.put(None)

    reader = asyncio.create_task(read())
    try:
        while True:
            batch = [await arrived.get()]
            while batch[-1] is not None and len(batch) < _GATHER_EVENTS:
                if arrived.empty():
                    await asyncio.sleep(_GATHER_SECONDS)
                    if arrived.empty():
                        break
                batch.append(arrived.get_nowait())
            whole = [event for event in batch if event is not None]
            if whole:
                yield whole
            if batch[-1] is None:
                break
    finally:
        reader.cancel()


def _lines(batch: list[RunEvent], start: datetime) -> list[dict[str, Any]]:
    """Return a line for each event, and one for pieces of text that follow each other."""
    lines: list[dict[str, Any]] = []
    for event in batch:
        data = event.data or {}
        said = data.get("text") if event.type == "token" else None
        said = said if isinstance(said, str) else None
        if said is not None and lines and lines[-1]["said"]:
            lines[-1]["text"] += said
            continue
        lines.append(
            {
                "kind": str(event.type),
                "after": duration(max((event.time - start).total_seconds(), 0.0)),
                "text": summary(data) if said is None else said,
                "said": said is not None,
                "data": as_json(data, indent=2),
            }
        )
    return lines


def _waterfall(root: Span) -> list[dict[str, Any]]:
    """Return the rows of a trace, with places and widths from 0 to 1000."""
    whole = max(((root.end or root.start) - root.start).total_seconds(), 1e-9)
    rows: list[dict[str, Any]] = []
    pending = [(0, root)]
    while pending and len(rows) <= _MOST_SPANS * 10:
        depth, span = pending.pop()
        start = (span.start - root.start).total_seconds()
        lasted = (span.end - span.start).total_seconds() if span.end else 0.0
        rows.append(
            {
                "name": span.name,
                "depth": min(depth, 4),
                "level": span.level,
                "x": round(min(max(start / whole, 0.0), 1.0) * 1000, 1),
                "width": round(max(min(lasted / whole, 1.0) * 1000, 3.0), 1),
                "time": duration(lasted) if span.end else f"+{duration(max(start, 0.0))}",
            }
        )
        pending += [(depth + 1, part) for part in reversed(span.parts)]
    return rows
