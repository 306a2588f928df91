"""Disk space of one client."""

from harness.environments import folder_of
from harness.row import Row, Subject, Target


def measured(environment: str) -> dict[str, float]:
    packages = next(folder_of(environment).glob("[lL]ib/**/site-packages"))
    files = [path for path in packages.rglob("*") if path.is_file()]
    return {
        "with bytecode": sum(path.stat().st_size for path in files),
        "without": sum(path.stat().st_size for path in files if path.suffix != ".pyc"),
        "distributions": len(list(packages.glob("*.dist-info"))),
    }


ROWS = [
    Row(
        "Installed size",
        "here",
        [
            Subject("arp-daemon", "sdk alone", measured, ["sdk alone"]),
            Subject("arp-standard-py", "peer alone", measured, ["peer alone"]),
        ],
        [
            Target(
                "arp-daemon",
                "at most",
                0.8,
                "arp-standard-py",
                metrics=["with bytecode", "without"],
            ),
            Target("arp-daemon", "at most", 1, "arp-standard-py", metrics=["distributions"]),
        ],
        units={"with bytecode": "bytes", "without": "bytes", "distributions": ""},
        rounds=1,
        compared="without",
        note="One client and everything that it needs, in a virtual environment without pip.",
    )
]
