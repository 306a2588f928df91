"""The web page in Chromium: live, by keyboard, on a phone, for screen readers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from arp_sdk.cli._web.server import PageServer
from arp_sdk.daemon import DaemonClient
from arp_sdk.sandbox import Call, Finish, Gate, Sandbox, Say, Wait

from .pages import page_of

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium"),
]
playwright: Any = pytest.importorskip(
    "playwright.sync_api", reason="Playwright is not installed: hatch run sync"
)
axe: Any = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe is not installed: hatch run sync"
)
SIZES = [("light", 1100), ("dark", 390)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def server(box: Sandbox) -> Iterator[PageServer]:
    with page_of(box) as running:
        yield running


@pytest.fixture
def tab(chromium: Any) -> Iterator[Any]:
    """A tab, in which nothing may go wrong unnoticed."""
    context = chromium.new_context()
    tab = context.new_page()
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    yield tab
    context.close()
    assert said == []


def test_a_run_happens_before_ones_eyes(tab: Any, server: PageServer, box: Sandbox) -> None:
    gate = Gate()
    evil = "<img src=x onerror=console.log(1)>"
    steps = [Say("Looking around."), Call("echo", {"text": evil}), Wait(gate)]
    box.script("seen", [*steps, Finish({"text": evil})])  # type: ignore[list-item]
    tab.goto(server.url)
    # By keyboard alone: the goal is the first field after the links.
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    tab.keyboard.type("seen")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("li.tool_result")
    assert tab.locator(".state").inner_text().endswith("running")
    gate.open()
    tab.wait_for_selector("li.final")
    tab.wait_for_selector(".state.succeeded")
    tab.wait_for_selector("text=tool_call echo >> nth=0")
    assert tab.locator("img").count() == 0
    assert tab.locator("rect").count() > 2


def test_the_list_of_runs_is_live(tab: Any, server: PageServer, box: Sandbox) -> None:
    tab.goto(f"{server.url}runs?find=live_")
    assert "0 runs" in tab.inner_text("p[role=status]")
    with DaemonClient(box.daemon_url) as daemon:
        daemon.run(daemon_request("live_1"))
    tab.wait_for_selector("text=live_1")


def daemon_request(run: str) -> Any:
    from arp_sdk.models import RunRequest, RunRequestInput

    return RunRequest(run_id=run, input=RunRequestInput(goal="echo hi"))


def test_thousands_of_events_arrive(tab: Any, server: PageServer, box: Sandbox) -> None:
    box.script("many", [*(Call("echo", {"text": str(n)}) for n in range(1000)), Finish({})])
    with DaemonClient(box.daemon_url) as daemon:
        run = daemon.run("many").run_id
    tab.goto(f"{server.url}run?id={run}")
    tab.locator(".events li").nth(3000).wait_for(state="attached")
    tab.wait_for_selector("text=3001 events")


@pytest.mark.parametrize(("scheme", "width"), SIZES)
def test_screen_readers_and_phones(
    chromium: Any, server: PageServer, box: Sandbox, scheme: str, width: int
) -> None:
    with DaemonClient(box.daemon_url) as daemon:
        run = daemon.run("What is 1+1?").run_id
    viewport = {"width": width, "height": 800}
    # The policy of the page keeps the script of axe out, too.
    context = chromium.new_context(color_scheme=scheme, viewport=viewport, bypass_csp=True)
    tab = context.new_page()
    places = ("runs", f"run?id={run}", "tools", "tool?id=tool_hostile", "instances", "faults")
    for place in (*places, "run?id=unknown"):
        tab.goto(server.url + place)
        if run in place:
            tab.wait_for_selector("li.final")
            tab.wait_for_selector("rect")
        found = axe.Axe().run(tab)
        assert found.violations_count == 0, found.generate_report()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, place
    context.close()
