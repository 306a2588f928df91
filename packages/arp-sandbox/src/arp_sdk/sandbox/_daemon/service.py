"""The daemon of the sandbox."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import msgspec

from arp_sdk.daemon.server import DaemonService
from arp_sdk.models import (
    Error,
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
)
from arp_sdk.sandbox._runtime.run import RunStore
from arp_sdk.sandbox._runtime.service import check_run_id
from arp_sdk.sandbox._state.state_file import Store
from arp_sdk.server import not_found, page, unprocessable

from .instance import Connect, RegisteredInstance, RemoteRuntime
from .instance_pool import InstancePool
from .profiles import Profiles
from .submission import ManagedSubmission, RemoteSubmission, Submission, SubmissionRecord

_KIND = "submission"
_MAX_PAGE_SIZE = 1000


class Daemon(DaemonService):
    """A daemon that manages instances and submits runs to them."""

    def __init__(
        self,
        store: Store,
        profiles: Profiles,
        instances: InstancePool,
        runs: Callable[[str], RunStore],
        connect: Connect,
    ) -> None:
        self._store = store
        self._profiles = profiles
        self._instances = instances
        self._runs = runs
        self._connect = connect
        self._submissions: dict[str, Submission] = {}

    def restore(self) -> None:
        """Restore the submissions of the store."""
        for run_id, record in self._store.all(_KIND, SubmissionRecord):
            if record.endpoint is not None:
                remote = self._connect(record.endpoint)
                self._submissions[run_id] = RemoteSubmission(record, remote, self._save)
                continue
            run = self._runs(record.instance_id or "").get(run_id)
            if run is None:
                raise LookupError(f"the run {run_id} is missing")
            if not run.is_over and self._instances.get(record.instance_id or "") is None:
                error = Error(code="instance.gone", message="The instance of the run is gone.")
                run.end(RunState.FAILED, error=error)
            self._submissions[run_id] = ManagedSubmission(record, run)

    async def list_instances(self) -> InstanceListResponse:
        return InstanceListResponse(instances=self._instances.snapshots())

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
        size = page_size or _MAX_PAGE_SIZE
        numbered = enumerate(self._submissions.values())
        chosen, token = page(numbered, size, page_token, key=lambda each: each[0], of="runs")
        runs = [submission.last_status for _, submission in chosen]
        is_whole = page_size is None and page_token is None and token is None
        pagination = None if is_whole else Pagination(next_page_token=token, page_size=size)
        return RunListResponse(runs=runs, pagination=pagination)

    async def submit_run(self, body: RunRequest) -> RunStatus:
        check_run_id(body.run_id)
        run_id = body.run_id if body.run_id is not None else f"run_{uuid.uuid4().hex}"
        request = msgspec.structs.replace(body, run_id=run_id)
        # Requests with the same run_id come here once: arp-server looks the run up.
        self._submissions[run_id] = await self._submit(request)
        return self._submissions[run_id].last_status

    async def get_run_status(self, run_id: str) -> RunStatus:
        return await self._find(run_id).status()

    async def get_run_result(self, run_id: str) -> RunResult:
        return await self._find(run_id).result()

    async def get_run_trace(self, run_id: str) -> TraceResponse:
        submission = self._submissions.get(run_id)
        return TraceResponse(events=None if submission is None else submission.trace())

    def _find(self, run_id: str) -> Submission:
        submission = self._submissions.get(run_id)
        if submission is None:
            raise not_found(f"Unknown run_id: {run_id}")
        return submission

    async def _submit(self, request: RunRequest) -> Submission:
        selector = request.runtime_selector or RunRequestRuntimeSelector()
        endpoint = selector.runtime_api_endpoint
        if endpoint is not None:
            if selector != RunRequestRuntimeSelector(runtime_api_endpoint=endpoint):
                message = "runtime_api_endpoint cannot be combined with other selector properties."
                raise unprocessable(message)
            record = SubmissionRecord(None, endpoint)
            return await self._submit_remotely(record, self._connect(endpoint), request)
        instance = self._instances.choose(selector)
        instance_id = instance.record.instance.instance_id
        if isinstance(instance, RegisteredInstance):
            endpoint = instance.record.instance.runtime_api_endpoint
            record = SubmissionRecord(instance_id, endpoint)
            return await self._submit_remotely(record, instance.remote, request)
        with self._store.transaction():
            run = instance.runtime.prepare(request)
            submission = ManagedSubmission(SubmissionRecord(instance_id), run)
            self._save(submission)
        instance.runtime.start(run)
        return submission

    async def _submit_remotely(
        self, record: SubmissionRecord, remote: RemoteRuntime, request: RunRequest
    ) -> Submission:
        record.status = await remote.call(remote.client.create_run, request)
        submission = RemoteSubmission(record, remote, self._save)
        self._save(submission)
        return submission

    def _save(self, submission: Submission) -> None:
        value = msgspec.json.encode(submission.record)
        self._store.put(_KIND, submission.last_status.run_id, value)
