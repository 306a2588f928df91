"""The Daemon of the sandbox."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from weakref import WeakValueDictionary

import msgspec

from arp_sdk.models import (
    Error,
    Health,
    InstanceCreateRequest,
    InstanceCreateResponse,
    InstanceListResponse,
    InstanceRegisterRequest,
    InstanceRegisterResponse,
    Pagination,
    RunListResponse,
    RunRequest,
    RunRequestRuntimeSelector,
    RunResult,
    RunState,
    RunStatus,
    RuntimeProfile,
    RuntimeProfileListResponse,
    RuntimeProfileUpsertRequest,
    TraceResponse,
    VersionInfo,
)
from arp_sdk.sandbox._generated import DaemonService
from arp_sdk.sandbox._http.identity import healthy, version_of
from arp_sdk.sandbox._http.service_error import not_found, unprocessable
from arp_sdk.sandbox._runtime.run_store import RunBook
from arp_sdk.sandbox._runtime.service import check_run_id
from arp_sdk.sandbox._state.state_file import StateFileError, Store

from . import pagination as _pages
from .instance import Connect, ExternalInstance
from .instance_pool import Instances
from .profiles import Profiles
from .runtime_proxy import RemoteRuntime
from .submission import OwnSubmission, RemoteSubmission, Submission, SubmissionRecord

_KIND = "submission"
_MOST_RUNS = 1000


class Daemon(DaemonService):
    """Manages instances, and passes runs on to them.

    Args:
        store: Where its submissions are kept.
        profiles: Its profiles.
        instances: Its instances.
        books: The runs of a managed instance, by its identifier.
        connect: Makes the way to a runtime elsewhere.
    """

    def __init__(
        self,
        store: Store,
        profiles: Profiles,
        instances: Instances,
        books: Callable[[str], RunBook],
        connect: Connect,
    ) -> None:
        self._store = store
        self._profiles = profiles
        self._instances = instances
        self._books = books
        self._connect = connect
        self._submissions: dict[str, Submission] = {}
        self._order: list[str] = []
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def restore(self) -> None:
        """Take up again what the store knows of."""
        for run_id, record in self._store.read(_KIND, SubmissionRecord):
            if record.endpoint is not None:
                self._enter(run_id, self._remote_submission(record, self._connect(record.endpoint)))
                continue
            run = self._books(record.instance_id or "").get(run_id)
            if run is None:
                raise StateFileError(f"the state lacks the run {run_id}")
            if not run.is_over and self._instances.get(record.instance_id or "") is None:
                error = Error(code="instance.gone", message="The instance of the run is gone.")
                run.end(RunState.FAILED, error=error)
            self._enter(run_id, OwnSubmission(record, run))

    async def health(self) -> Health:
        return healthy()

    async def version(self) -> VersionInfo:
        return version_of("daemon")

    async def list_instances(self) -> InstanceListResponse:
        return InstanceListResponse(instances=self._instances.seen())

    async def create_instances(self, body: InstanceCreateRequest) -> InstanceCreateResponse:
        profile = self._profiles.get(body.runtime_profile)
        return InstanceCreateResponse(instances=await self._instances.create(profile, body))

    async def delete_instance(self, instance_id: str) -> None:
        await self._instances.delete(instance_id)

    async def register_instance(self, body: InstanceRegisterRequest) -> InstanceRegisterResponse:
        return InstanceRegisterResponse(instance=await self._instances.register(body))

    async def list_runtime_profiles(self) -> RuntimeProfileListResponse:
        return RuntimeProfileListResponse(profiles=self._profiles.all())

    async def upsert_runtime_profile(
        self, runtime_profile: str, body: RuntimeProfileUpsertRequest
    ) -> RuntimeProfile:
        return self._profiles.write(runtime_profile, body)

    async def delete_runtime_profile(self, runtime_profile: str) -> None:
        self._profiles.delete(runtime_profile)

    async def list_runs(
        self, *, page_size: int | None = None, page_token: str | None = None
    ) -> RunListResponse:
        begin = 0 if page_token is None else _pages.position_of(page_token)
        end = begin + (page_size or _MOST_RUNS)
        runs = [self._submissions[run_id].known() for run_id in self._order[begin:end]]
        token = _pages.token_for(end) if end < len(self._order) else None
        is_whole = page_size is None and page_token is None and token is None
        pagination = None if is_whole else Pagination(next_page_token=token, page_size=end - begin)
        return RunListResponse(runs=runs, pagination=pagination)

    async def submit_run(self, body: RunRequest) -> RunStatus:
        check_run_id(body.run_id)
        run_id = body.run_id if body.run_id is not None else f"run_{uuid.uuid4().hex}"
        request = msgspec.structs.replace(body, run_id=run_id)
        # Of two requests with one identifier, the second gets to see the run of the first.
        async with self._locks.setdefault(run_id, asyncio.Lock()):
            known = self._submissions.get(run_id)
            if known is None:
                known = await self._submit(run_id, request)
            return known.known()

    async def get_run_status(self, run_id: str) -> RunStatus:
        return await self._find(run_id).status()

    async def get_run_result(self, run_id: str) -> RunResult:
        return await self._find(run_id).result()

    async def get_run_trace(self, run_id: str) -> TraceResponse:
        known = self._submissions.get(run_id)
        return TraceResponse(events=None if known is None else known.trace())

    def _find(self, run_id: str) -> Submission:
        known = self._submissions.get(run_id)
        if known is None:
            raise not_found(f"Unknown run_id: {run_id}")
        return known

    async def _submit(self, run_id: str, request: RunRequest) -> Submission:
        selector = request.runtime_selector or RunRequestRuntimeSelector()
        if selector.runtime_api_endpoint is not None:
            return await self._submit_to(selector.runtime_api_endpoint, request)
        instance = self._instances.choose(selector)
        if isinstance(instance, ExternalInstance):
            endpoint = instance.record.instance.runtime_api_endpoint
            record = SubmissionRecord(instance.instance_id, endpoint)
            return await self._submit_remotely(record, instance.remote, request)
        with self._store.transaction():
            run = instance.runtime.accept(request)
            own = OwnSubmission(SubmissionRecord(instance.instance_id), run)
            self._save(own)
        return self._enter(run_id, own)

    async def _submit_to(self, endpoint: str, request: RunRequest) -> Submission:
        selector = request.runtime_selector
        if selector != RunRequestRuntimeSelector(runtime_api_endpoint=endpoint):
            raise unprocessable(
                "runtime_api_endpoint goes with no other criterion of the selector."
            )
        record = SubmissionRecord(None, endpoint)
        return await self._submit_remotely(record, self._connect(endpoint), request)

    async def _submit_remotely(
        self, record: SubmissionRecord, remote: RemoteRuntime, request: RunRequest
    ) -> Submission:
        record.status = await remote.create_run(request)
        submission = self._remote_submission(record, remote)
        self._save(submission)
        return self._enter(record.status.run_id, submission)

    def _remote_submission(self, record: SubmissionRecord, remote: RemoteRuntime) -> Submission:
        return RemoteSubmission(record, remote, self._save)

    def _save(self, submission: Submission) -> None:
        value = msgspec.json.encode(submission.record)
        self._store.put(_KIND, submission.known().run_id, value)

    def _enter(self, run_id: str, submission: Submission) -> Submission:
        self._submissions[run_id] = submission
        self._order.append(run_id)
        return submission
