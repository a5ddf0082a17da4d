"""Print the figures of a benchmark, and store them with machine, versions and commit."""

import json
import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

_WIDTH = 110
RESULTS = Path(__file__).with_name("results")
PACKAGES = ("torch", "sentence-transformers", "onnxruntime", "faiss-cpu", "numpy")


def describe_machine() -> dict[str, str | int]:
    """Return the machine and the versions that figures depend on."""
    found = {
        "processor": processor(),
        "cores": os.cpu_count() or 1,
        "system": platform.system(),
        "python": platform.python_version(),
    }
    return found | {package: version(package) for package in PACKAGES}


def processor() -> str:
    """Return the processor's name, as far as the system names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def report(name: str, columns: tuple[str, ...], rows: list[tuple[str, ...]], figures: dict[str, object]) -> None:
    """Print a table, and write the figures with date, commit and machine to benchmarks/results."""
    machine = describe_machine()
    table = Table(title=name, title_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    for row in rows:
        table.add_row(*row)
    console = Console(width=_WIDTH)
    console.print(table)
    console.print(", ".join(f"{key} {value}" for key, value in machine.items()), style="dim")
    now = datetime.now(UTC)
    kept = {"benchmark": name, "date": now.date().isoformat(), "commit": commit(), "machine": machine, **figures}
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}-{now:%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    console.print(f"Written to {path}.", markup=False, highlight=False)


def commit() -> str:
    """Return the commit of the code, with a plus if it was changed since."""
    described = subprocess.run(
        [shutil.which("git") or "git", "describe", "--always", "--dirty=+", "--abbrev=9", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
        cwd=RESULTS.parent,
    )
    return described.stdout.strip() or "unknown"
