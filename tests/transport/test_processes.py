"""Threads can share a client, and processes can receive it; a pickle has no secrets."""

from __future__ import annotations

import copy
import gc
import multiprocessing
import operator
import os
import pickle
import signal
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from arp_sdk.core import ApiKey, Auth
from arp_sdk.core._sync._requests.patches import Patched
from arp_sdk.errors import ArpConfigError
from support.clients import DaemonClient
from support.server import Server, json_reply

RUNS = json_reply({"runs": []})


def test_threads_share_a_client(server: Server) -> None:
    server.plan(lambda r: json_reply({"run_id": r.target.rpartition("/")[2], "state": "queued"}))
    wrong: list[str] = []
    with DaemonClient(server.url) as daemon:

        def work(worker: int) -> None:
            for number in range(10):
                run_id = f"{worker}-{number}"
                if daemon.get_run_status(run_id).run_id != run_id:
                    wrong.append(run_id)

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(work, range(16)))
    assert wrong == []
    assert len(server.requests) == 160
    assert server.connections <= 16


@pytest.mark.threads_only("a requests.Session")
def test_threads_that_start_together_make_one_session(server: Server) -> None:
    server.plan(RUNS)
    barrier = threading.Barrier(8)
    with DaemonClient(server.url) as daemon:

        def work(_: int) -> requests.Session:
            barrier.wait()
            session: requests.Session = daemon._connections._session_for(Patched.NOTHING)
            return session

        with ThreadPoolExecutor(8) as pool:
            sessions = list(pool.map(work, range(8)))
    assert len(set(map(id, sessions))) == 1


@pytest.mark.threads_only("an event loop does not outlive a fork")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_opens_its_own_connection(server: Server) -> None:
    server.plan(RUNS)
    with DaemonClient(server.url, auth="t0ken") as daemon:
        daemon.list_runs()
        read, write = os.pipe()
        with warnings.catch_warnings():
            # Python 3.12 warns of a fork with threads, which is tested here.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            try:
                result = b"ok" if daemon.list_runs().runs == [] else b"no"
            except BaseException as error:
                result = repr(error).encode()
            os.write(write, result)
            os._exit(0)
        os.waitpid(child, 0)
        assert os.read(read, 1000) == b"ok"
        os.close(read)
        os.close(write)
        daemon.list_runs()
    assert server.connections == 2
    assert server.requests[1].headers["Authorization"] == "Bearer t0ken"


@pytest.mark.threads_only("starting a process is slow; pickles: tests/secrets")
def test_a_client_can_be_sent_to_a_pool_of_processes(server: Server) -> None:
    server.plan(RUNS)
    with DaemonClient(server.url) as daemon:
        daemon.list_runs()
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            listed = pool.apply(operator.methodcaller("list_runs"), (daemon,))
    assert listed.runs == []
    assert server.connections == 2


@pytest.mark.parametrize("auth", ["s3cret", ApiKey("s3cret"), ("user", "s3cret")])
def test_a_pickle_has_secrets_only_on_request(server: Server, auth: Auth) -> None:
    server.plan(RUNS)
    headers = {"X-Auth-Token": "s3cret", "X-Tenant": "t"}
    with DaemonClient(server.url, auth=auth, headers=headers, retries=7) as daemon:
        daemon.list_runs()
        plain = pickle.dumps(daemon)
        complete = pickle.dumps(daemon.with_options(pickle_secrets=True))
    assert b"s3cret" not in plain
    with pickle.loads(plain) as other:
        assert (other.base_url, other.options.retries.limit) == (server.url, 7)
        other.list_runs()
    assert not {"Authorization", "X-API-Key", "X-Auth-Token"} & set(server.last.headers)
    assert server.last.headers["X-Tenant"] == "t"
    with pickle.loads(complete) as other:
        other.list_runs()
    assert server.last.headers == server.requests[0].headers


def test_an_unpickled_client_takes_its_token_from_the_environment(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.plan(RUNS)
    pickled = pickle.dumps(DaemonClient(server.url, auth="here"))
    monkeypatch.setenv("ARP_TOKEN", "there")
    with pickle.loads(pickled) as other:
        other.list_runs()
    assert server.last.headers["Authorization"] == "Bearer there"


@pytest.mark.threads_only("a requests.Session")
def test_a_session_of_the_users_own_is_not_pickled() -> None:
    with requests.Session() as session, DaemonClient("http://127.0.0.1:1", session=session) as own:
        with pytest.raises(ArpConfigError, match="session of your own"):
            pickle.dumps(own)


def test_closing_closes_the_sockets(server: Server) -> None:
    server.plan(RUNS)
    before = _open_sockets()
    for _ in range(20):
        with DaemonClient(server.url) as daemon:
            daemon.list_runs()
    assert _open_sockets() <= before + 2


def _open_sockets() -> int:
    folder = "/proc/self/fd"
    if not os.path.isdir(folder):  # noqa: PTH112
        pytest.skip("this system does not list open files")
    return len(os.listdir(folder))  # noqa: PTH208


@pytest.mark.threads_only("aiohttp warns in words of its own")
def test_a_client_that_is_garbage_collected_open_warns(server: Server) -> None:
    server.plan(RUNS)
    daemon = DaemonClient(server.url)
    daemon.list_runs()
    with pytest.warns(ResourceWarning, match="close"):
        del daemon
        gc.collect()


def test_a_client_that_was_never_used_does_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        DaemonClient("http://127.0.0.1:1")
        gc.collect()


def test_repr_shows_the_base_url_and_no_secret() -> None:
    with DaemonClient("http://127.0.0.1:1", auth="s3cret", headers={"Cookie": "s3cret"}) as daemon:
        assert repr(daemon).removeprefix("Async") == "DaemonClient('http://127.0.0.1:1')"
        assert "s3cret" not in repr(vars(daemon))
        assert "s3cret" not in repr(daemon.options)


@pytest.mark.threads_only("makes no client")
def test_importing_starts_no_thread() -> None:
    import subprocess

    code = "import threading, arp_sdk.daemon; print(threading.active_count())"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "1\n"


def test_a_copy_has_its_own_credentials_and_the_same_budget() -> None:
    with DaemonClient("http://127.0.0.1:1") as daemon:
        other: Any = daemon.with_options(auth="other")
        assert other._credentials is not daemon._credentials
        assert other._budget is daemon._budget


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy])
def test_a_copy_keeps_credentials_and_connections(server: Server, copier: Any) -> None:
    server.plan(RUNS)
    with DaemonClient(server.url, auth="t0ken") as daemon:
        daemon.list_runs()
        copier(daemon).list_runs()
    assert server.connections == 1
    assert server.last.headers["Authorization"] == "Bearer t0ken"


@pytest.mark.threads_only("an event loop does not outlive a fork")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_does_not_wait_for_a_lock_of_its_parent(server: Server) -> None:
    server.plan(RUNS)
    fetching, go_on = threading.Event(), threading.Event()

    def provide() -> str:
        if threading.current_thread() is not threading.main_thread():
            fetching.set()
            go_on.wait(60)
        return "t0ken"

    with DaemonClient(server.url, auth=provide) as daemon:
        thread = threading.Thread(target=daemon.list_runs)
        thread.start()
        fetching.wait(60)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            signal.alarm(60)
            daemon.list_runs()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        go_on.set()
        thread.join()
    assert status == 0, "the child waited for a lock that the parent's thread held"
