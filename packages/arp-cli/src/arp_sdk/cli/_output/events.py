"""The events of a run as lines on a terminal."""

from __future__ import annotations

from typing import Any, TextIO

from .text import as_json, plain
from .views import console, text

_MARKS = {
    "step": ("*", "bold"),
    "tool_call": (">", "cyan"),
    "tool_result": ("<", "cyan"),
    "final": ("=", "green"),
    "run_completed": ("=", "green"),
    "error": ("!", "red"),
}


class EventLines:
    """Writes each event as one line, which is cut at the width of the terminal."""

    def __init__(self, file: TextIO) -> None:
        self._console = console(file)
        self._said = ""

    def event(self, event: Any) -> None:
        """Write an event; generated text is collected into lines."""
        data = event.data or {}
        kind = str(event.type)
        if kind == "token" and isinstance(data.get("text"), str):
            self._said += data["text"]
            while "\n" in self._said or len(self._said) > self._console.width:
                line, _, self._said = self._said.partition("\n")
                width = self._console.width
                if len(line) > width:
                    line, self._said = line[:width], f"{line[width:]}\n{self._said}"
                self._line(line, "")
            return
        self.end()
        mark, style = _MARKS.get(kind, ("-", ""))
        self._line(f"{mark} {kind} {summary(data)}".rstrip(), style)

    def status(self, status: Any) -> None:
        """Write the state of a run."""
        self.end()
        self._line(f"- {status.state}", "dim")

    def note(self, note: str) -> None:
        """Write a line about what happens."""
        self.end()
        self._line(note, "dim")

    def end(self) -> None:
        """Write the text that has no line break yet."""
        said, self._said = self._said, ""
        if said:
            self._line(said.rstrip("\n"), "")

    def _line(self, line: str, style: str) -> None:
        self._console.print(text(plain(line), style), overflow="ellipsis", no_wrap=True)


def summary(data: dict[str, Any]) -> str:
    """Return the content of an event in few words, as far as its keys are common ones."""
    words = [str(data[name]) for name in ("tool_name", "title", "message", "state") if name in data]
    if data.get("ok") is False:
        words.append("failed")
    for name in ("args", "result", "error", "output"):
        if name in data:
            words.append(as_json(data[name]))
    if "duration_ms" in data:
        words.append(f"{data['duration_ms']} ms")
    return plain(" ".join(words)) if words else as_json(data)
