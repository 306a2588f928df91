"""Make the pictures of the documentation from the real thing: `hatch run pictures [FOLDER]`.

A command runs in a pseudo-terminal against a sandbox, and what it writes becomes an SVG. Chromium
takes the screenshots of the web page. A picture is written only if more than times and identifiers
have changed.
"""

from __future__ import annotations

import hashlib
import os
import pty
import re
import shlex
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

from arp_sdk.cli._session.session import Source
from arp_sdk.cli._web.server import PageServer
from arp_sdk.daemon import DaemonClient
from arp_sdk.models import RunRequest, RunRequestInput
from arp_sdk.sandbox import Sandbox

assert sys.platform != "win32", "Windows has no pseudo-terminals that Python can open."
IMAGES = Path(__file__).parents[1] / "docs" / "images"
COLUMNS = 88
RECORDINGS = {
    "run.svg": ['arp run "What is (19*23)?" --run-id first', "arp trace first"],
}
# Times and identifiers, and the places of an SVG, which depend on the length of times.
VARYING = re.compile(r'[0-9a-f]{8,}|[+\d][\d.,:TZ-]*(&#160;| )?m?s?|(x|textLength)="[\d.]+"')
STYLE = "[...document.styleSheets].flatMap(sheet => [...sheet.cssRules].map(each => each.cssText))"
# The format of rich, without the fonts that it links from elsewhere.
SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px;
line-height: {line_height}px; }}
{styles}
</style>
<defs>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def recorded(command: str, environment: dict[str, str]) -> str:
    """Run a command in a pseudo-terminal and return what it writes."""
    ours, its = pty.openpty()
    with subprocess.Popen(shlex.split(command), stdout=its, stderr=its, stdin=its, env=environment):
        os.close(its)
        written = bytearray()
        try:
            while chunk := os.read(ours, 65536):
                written += chunk
        except OSError:
            pass  # Linux reports the end this way.
        finally:
            os.close(ours)
    return written.decode().replace("\r\n", "\n")


def terminal(commands: list[str], box: Sandbox) -> str:
    """Return an SVG of commands and of what they write."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "TERM": "xterm-256color",
        "COLUMNS": str(COLUMNS),
        "ARP_DAEMON_URL": box.daemon_url,
        "ARP_RUNTIME_URL": box.runtime_url,
        "ARP_TOOL_REGISTRY_URL": box.tool_registry_url,
        "ARP_TOKEN": "",
    }
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        for command in commands:
            console.print(Text(f"$ {command}", style="bold"))
            console.print(Text.from_ansi(recorded(command, environment)))
        return console.export_svg(title="arp", code_format=SVG, unique_id="arp")


def screenshot(box: Sandbox, chromium: str) -> bytes:
    """Return a PNG of a run on the web page."""
    from playwright.sync_api import sync_playwright

    with DaemonClient(box.daemon_url) as daemon:
        request = RunRequest(run_id="second", input=RunRequestInput(goal="What is (19*23)?"))
        daemon.run(request, timeout=60)
    urls = {
        "daemon": box.daemon_url,
        "runtime": box.runtime_url,
        "tool-registry": box.tool_registry_url,
    }
    with (
        PageServer(Source("arp dev", urls), 0, box) as server,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 900, "height": 600})
        tab.goto(f"{server.url}run?id=second")
        tab.wait_for_selector("li.final")
        tab.wait_for_selector("rect")
        picture = tab.screenshot(full_page=True)
        page = VARYING.sub("", tab.inner_html("body").replace(urlsplit(server.url).path, "/"))
        source = page + "".join(tab.evaluate(STYLE))
        browser.close()
    # A digest of what the picture shows, as a PNG's text behind its first chunk.
    text = b"tEXtSource\0" + hashlib.sha256(source.encode()).hexdigest().encode()
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    return picture[:33] + chunk + picture[33:]


def shown(picture: bytes) -> object:
    """Return what a picture shows, apart from times and identifiers."""
    digest = re.search(rb"tEXtSource\0(\w{64})", picture)
    return digest[1] if digest else VARYING.sub("", picture.decode(errors="replace"))


def main(folder: Path) -> int:
    """Write the pictures into a folder."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    folder.mkdir(parents=True, exist_ok=True)
    # Slow enough for each state to be seen.
    with Sandbox(latency=0.1) as box:
        pictures = {name: terminal(done, box).encode() for name, done in RECORDINGS.items()}
        if chromium is None:
            print("There is no Chromium (apt-get install chromium): page.png is not made.")
        else:
            pictures["page.png"] = screenshot(box, chromium)
    for name, content in pictures.items():
        path = folder / name
        if not path.exists() or shown(path.read_bytes()) != shown(content):
            path.write_bytes(content)
            print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES))
