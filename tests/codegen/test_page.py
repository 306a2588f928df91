"""The contract on the page about contracts of one's own becomes the packages that it describes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from codegen.places import PYTHON, REPOSITORY, environment
from codegen.recording_server import recording_server
from codegen.runs import run
from support import environments
from support.commands import run as succeed
from support.pages import programs_on

PAGE = REPOSITORY / "docs" / "your-own-contract.md"

SHOP = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from acme.shop.models import Order, OrderEvent, OrderEventKind, OrderList, OrderState, Problem
from acme.shop.server import ShopService
from arp_sdk.errors import ArpRunFailed
from arp_sdk.server import EventLog, app, not_found, page
from server.services import served

class Shop(ShopService):
    def __init__(self):
        self.orders, self.logs = {}, {}

    async def place_order(self, body):
        id_, lost = body.order_id, body.item == "moon"
        end = {"state": OrderState.CANCELED, "reason": "not for sale"} if lost else {}
        self.orders[id_] = Order(order_id=id_, item=body.item, state=OrderState.PLACED)
        self.logs[id_] = EventLog([OrderEvent(number=0, kind=OrderEventKind.STEP)])
        asyncio.get_running_loop().call_later(0.1, self.end, id_, end)
        return self.orders[id_]

    def end(self, id_, end):
        self.orders[id_] = self.orders[id_].replace(**{"state": OrderState.SHIPPED, **end})
        self.logs[id_].close([OrderEvent(number=1, kind=OrderEventKind.END)])

    async def get_order(self, order_id):
        if order_id not in self.orders:
            raise not_found("unknown")
        return self.orders[order_id]

    def stream_order_events(self, order_id, *, last_event_id=None):
        return self.logs[order_id].follow(last_event_id)

    async def list_orders(self, *, limit=None, cursor=None):
        orders = self.orders.values()
        items, token = page(orders, limit or 9, cursor, key=lambda each: each.item, of="orders")
        return OrderList(orders=items, next=token)

def problem(error):
    return Problem(title=error.error.code, detail=error.error.message)

with served(app(Shop(), auth=None, error_body=problem)) as server:
    exec(sys.argv[2].replace("http://127.0.0.1:8000", server.url))
    with ShopClient(server.url) as shop:
        try:
            shop.order("moon")
        except ArpRunFailed as error:
            print(str(error).partition(" canceled")[2])
"""


def contract_of_the_page(folder: Path) -> Path:
    """Write the contract of the page."""
    path = folder / "CONTRACT" / "openapi" / "shop.openapi.yaml"
    path.parent.mkdir(parents=True)
    (text,) = re.findall(r"```yaml\n(openapi:.*?)```", PAGE.read_text("utf-8"), re.S)
    path.write_text(text, encoding="utf-8")
    return folder / "CONTRACT"


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    contract, out = contract_of_the_page(tmp_path), tmp_path / "OUT"
    done = run("--spec", contract, "--out", out, "--namespace", "acme", "--prefix", "acme")
    assert done.returncode == 0, done.stderr
    return out / "packages"


def test_the_program_of_the_page(packages: Path) -> None:
    ((program, _),) = programs_on(PAGE)
    sources = [packages / "acme-shop" / "src"]
    sources += [REPOSITORY / "packages" / f"arp-{name}" / "src" for name in ("core", "server")]
    ran = subprocess.run(
        [PYTHON, "-c", SHOP, str(REPOSITORY / "tests"), program],
        env=environment(*sources),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    claimed = re.findall(r"^ *print\(.*\)  # (.*)$", program, re.M)
    assert ran.stdout.splitlines() == [
        claimed[0], "0 step", "1 end", *claimed[1:], ": not for sale",
    ]  # fmt: skip


def test_the_readme_lists_the_methods_that_the_page_names(packages: Path) -> None:
    readme = (packages / "acme-shop" / "README.md").read_text("utf-8")
    listed = set(re.findall(r"^\| `(\w+)` \|", readme, re.M))

    for methods in re.findall(r"^\| \[`x-.*\| ([^|]*) \|$", PAGE.read_text("utf-8"), re.M):
        assert set(re.findall(r"`(\w+)`", methods)) <= listed


@pytest.mark.full
def test_the_commands_of_the_page(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    clone, *commands = page.partition("```bash\n")[2].partition("```")[0].splitlines()
    assert (clone, len(commands)) == ("git clone SDK_URL arp-sdk", 4)
    left_out = shutil.ignore_patterns(".*", "__pycache__", "dist", "tests")
    for name in ("codegen", "packages"):
        shutil.copytree(REPOSITORY / name, tmp_path / "arp-sdk" / name, ignore=left_out)
    contract_of_the_page(tmp_path)
    programs = environments.make(tmp_path / "venv", with_pip=True).python.parent
    printed = ""
    with recording_server() as server:
        server.answer(200, b'{"orders": []}')
        for command in commands:
            command = command.replace("http://127.0.0.1:8000", server.url)
            prepared = f"PATH={programs}:$PATH\ncd {tmp_path}\n{command}"
            printed = succeed("/bin/sh", "-c", prepared)

    assert printed == "OrderList(orders=[])\n"
