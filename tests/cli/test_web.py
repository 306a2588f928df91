"""The web page by its HTTP: what it shows, what it does, and whom it refuses."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Iterator

import pytest
import requests

from arp_sdk.cli._session.session import Source
from arp_sdk.cli._web.server import PageServer
from arp_sdk.daemon import DaemonClient
from arp_sdk.models import RunRequest, RunRequestInput
from arp_sdk.sandbox import Finish, Gate, Sandbox, Say, Wait

from .pages import page_of
from .test_failures import SECRET

EVIL = "<script>alert(1)</script>\u202e\x1b"


class Browser:
    """Send forms as a browser does, with the Origin of the page."""

    def __init__(self, server: PageServer) -> None:
        self.url = server.url
        self.origin = "/".join(server.url.split("/")[:3])
        self.session = requests.Session()

    def get(self, place: str) -> str:
        """Load a page."""
        response = self.session.get(self.url + place, timeout=30)
        assert response.status_code == 200, response.text
        return response.text

    def wait_for(self, place: str, text: str) -> None:
        """Load a page again and again, as its script does."""
        while text not in self.get(place):
            time.sleep(0.1)

    def post(self, place: str, code: int = 200, **form: str) -> str:
        """Send a form, and follow to the page after it."""
        headers = {"Origin": self.origin}
        response = self.session.post(self.url + place, data=form, headers=headers, timeout=30)
        assert response.status_code == code, response.text
        return response.text


@pytest.fixture(scope="module")
def evil_box() -> Iterator[Sandbox]:
    box = Sandbox(latency=0.001)

    @box.tool(name="evil", description=EVIL)
    def evil(city: str, days: int = 1, metric: bool = True, tags: list[str] | None = None) -> str:
        """Return what it gets."""
        return f"{EVIL} {city} {days} {metric} {tags}"

    with box:
        yield box


@pytest.fixture(scope="module")
def browser(evil_box: Sandbox) -> Iterator[Browser]:
    with page_of(evil_box) as server:
        browser = Browser(server)
        yield browser
        browser.session.close()


@pytest.mark.parametrize(
    ("method", "place", "headers"),
    [
        ("GET", "wrong/runs", {}),
        ("GET", "", {}),
        ("GET", "SECRET/runs", {"Host": "evil.example"}),
        ("GET", "SECRET/runs", {"Host": "127.0.0.1:1"}),
        ("GET", "SECRET/runs", {"Origin": "http://evil.example"}),
        ("POST", "SECRET/runs", {}),
        ("POST", "SECRET/runs", {"Origin": "null"}),
        ("POST", "SECRET/runs", {"Origin": "http://evil.example"}),
        ("POST", "wrong/runs", {"Origin": "SAME"}),
    ],
)
def test_other_sites_are_refused(
    browser: Browser, method: str, place: str, headers: dict[str, str]
) -> None:
    secret = browser.url.rstrip("/").rpartition("/")[2]
    url = f"{browser.origin}/{place.replace('SECRET', secret)}"
    sent = {name: value.replace("SAME", browser.origin) for name, value in headers.items()}
    response = requests.request(method, url, headers=sent, data={"goal": "x"}, timeout=30)
    assert response.status_code == 403
    assert secret not in response.text
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_its_headers_and_its_secret(browser: Browser) -> None:
    response = requests.get(browser.url + "runs", timeout=30)
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert response.headers["Cache-Control"] == "no-store"
    # Nothing comes from elsewhere, and nothing runs in the page itself.
    assert {*re.findall(r'(?:src|href)="([^"/#]*)', response.text)} == {""}
    assert not re.search(r"<script>|<style|style=|\son\w+=", response.text)
    for place in ("assets/page.js", "assets/page.css", "assets/icon.svg"):
        assert browser.get(place)
    missing = requests.get(browser.url + "assets/..%2fapp.py", timeout=30)
    assert missing.status_code == 404


def test_a_run_from_the_page(browser: Browser, evil_box: Sandbox) -> None:
    gate = Gate()
    evil_box.script("page", [Say(EVIL), Wait(gate), Finish({"text": EVIL})])
    page = browser.post("runs", goal="page")
    (run,) = re.findall(r"<h1>Run (\S+)</h1>", page)
    part = f"run?id={run}"
    assert "Cancel the run" in page
    gate.open()
    stream = browser.get(f"run/events?id={run}")
    messages = re.findall(r"^data: (.*)$", stream, re.M)
    rows = "".join(json.loads(message).get("html", "") for message in messages)
    assert "final" in rows
    assert html.escape("<script>alert(1)</script>", quote=False) in rows
    last = re.findall(r"^id: (\d+)$", stream, re.M)[-1]
    resumed = requests.get(
        f"{browser.url}run/events?id={run}", headers={"Last-Event-ID": last}, timeout=30
    )
    assert resumed.text == "event: end\ndata: {}\n\n"
    shown = browser.get(part)
    assert "succeeded" in shown
    for text in (shown, rows, browser.get(f"run/trace?id={run}")):
        assert "<script>" not in text
        assert "\u202e" not in text
        assert "\x1b" not in text
    browser.wait_for("runs?part=1&state=succeeded", run)
    assert run not in browser.get("runs?part=1&state=failed")
    assert run not in browser.get("runs?part=1&find=other")


def test_a_run_can_be_canceled(browser: Browser, evil_box: Sandbox) -> None:
    evil_box.script("forever", [Wait(Gate())])
    page = browser.post("runs", goal="forever")
    (run,) = re.findall(r"<h1>Run (\S+)</h1>", page)
    browser.post("run/cancel", id=run)
    with DaemonClient(evil_box.daemon_url) as daemon:
        assert daemon.wait_for_run(run).state == "canceled"
    assert "canceled" in browser.get(f"run?id={run}")


def test_runs_are_paged_the_latest_first(browser: Browser, evil_box: Sandbox) -> None:
    with DaemonClient(evil_box.daemon_url) as daemon:
        goals = (
            RunRequest(run_id=f"paged_{number:03}", input=RunRequestInput(goal="echo a"))
            for number in range(120)
        )
        for each in goals:
            daemon.submit_run(each)
    browser.post("runs", goal="echo last")
    pages = [browser.get(f"runs?part=1&find=paged_&page={number}") for number in (1, 2, 3)]
    assert ["120 runs" in page for page in pages] == [True] * 3
    found = re.findall(r">(paged_\d+)<", "".join(pages))
    assert len(found) == 120
    assert found[0] > found[-1]
    assert 'rel="prev"' not in pages[0]
    assert 'rel="next"' not in pages[2]
    assert "page=2" in pages[0]


def test_a_tool_has_a_form_of_its_schema(browser: Browser) -> None:
    listed = browser.get("tools")
    assert html.escape("<script>alert(1)</script>", quote=False) in listed
    form = browser.get("tool?id=tool_evil")
    assert re.search(r'<textarea [^>]*name="city"', form)
    assert re.search(r'<input [^>]*name="days" inputmode="decimal"', form)
    assert re.search(r'<select [^>]*name="metric"', form)
    assert re.search(r'<textarea [^>]*name="tags"[^>]*placeholder="JSON"', form)
    place = "tool?id=tool_evil"
    done = browser.post(place, city=EVIL, days="3", metric="false", tags='["a"]')
    assert "3 False [" in html.unescape(done)
    assert "<script>" not in done
    wrong = browser.post(place, city="a", days="x")
    assert 'role="alert"' in wrong
    assert "arguments of evil" in wrong


def test_instances_profiles_and_faults(browser: Browser, evil_box: Sandbox) -> None:
    page = browser.post("instances", action="set-profile", name="mine", description=EVIL)
    assert "<script>" not in page
    page = browser.post("instances", action="create", name="mine", count="2")
    made = re.findall(r'aria-label="Delete (inst_\w+)"', page)
    assert len(made) == 3
    assert 'aria-label="Delete mine"' in page
    page = browser.post("instances", action="delete", name=made[-1])
    assert made[-1] not in page
    page = browser.post("instances", action="delete-profile", name="mine")
    assert 'aria-label="Delete mine"' not in page
    assert 'role="alert"' in browser.post("instances", 404, action="create", name="nope")

    page = browser.post("faults", kind="respond with 500", operation="list_tools", times="2")
    assert ">500<" in page
    failed = browser.session.get(browser.url + "tools", timeout=30)
    assert (failed.status_code, "Ask the operator" in failed.text) == (500, True)
    assert "<h1>Error</h1>" in failed.text
    page = browser.post("faults", action="remove", name="0")
    assert ">500<" not in page
    assert browser.get("tools")
    assert "unknown operation" in browser.post(
        "faults", 400, kind="cut the response", operation="x"
    )


def test_services_that_are_gone(caplog: pytest.LogCaptureFixture) -> None:
    source = Source(f"the context {SECRET}", {"daemon": "http://127.0.0.1:1"})
    with PageServer(source, 0) as server:
        secret = server.url.rstrip("/").rpartition("/")[2]
        assert secret not in repr(server)
        page = requests.get(server.url + "runs", timeout=60)
        assert (page.status_code, "cannot connect" in page.text) == (502, True)
        part = requests.get(server.url + "runs?part=1", timeout=60)
        assert part.text.startswith('<p class="failure"')
        assert "arp context add" in requests.get(server.url + "tools", timeout=60).text
        assert requests.get(server.url + "faults", timeout=60).status_code == 404
        assert secret not in caplog.text
