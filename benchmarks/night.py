"""Measures one night stage by stage, and the floor beside it, each in a process of its own."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import measured
from benchmarks.report import Line
from include.home import Home
from include.intake.deliver import deliver
from include.night import tasks
from include.settings import Settings


@dataclass(frozen=True)
class Measured:
    """The lines of a night and of its floor, and what the floor found."""

    stages: tuple[Line, ...]
    floor: Line
    floor_parts: tuple[Line, ...]
    figures: dict[str, int]
    rules: dict[str, int]
    counts: dict[str, dict[str, int]]
    """What each stage, and the floor's reading as `floor`, counted."""


def measure_night(country: Path, night: date, home: Home, settings: Settings, scratch: Path) -> Measured:
    """Deliver a country's night to a fresh home, run it, then the floor. Raises CommandFailed when a stage fails."""
    deliver(country, home, night)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TARGETED_HOME": str(home.root),
        "TARGETED_BATCHES": str(settings.batches),
    }
    stages, counts = [], {}
    for task in dict.fromkeys(task for task, _ in tasks(home, settings, night)):
        line, told = _run("benchmarks.stage", [task, night.isoformat()], environment, home.tmp, scratch / task)
        stages.append(line)
        counts[task] = told["counts"]
    floor_home = scratch / "floor-home"
    floor_home.mkdir()
    environment["TARGETED_HOME"] = str(floor_home)
    packages = str(country / night.isoformat())
    floor, told = _run(
        "benchmarks.floor", [packages, night.isoformat()], environment, floor_home / "tmp" / "duckdb", scratch / "floor"
    )
    parts = [Line(f"floor: {part}", took["wall"], took["cpu"]) for part, took in told["parts"].items()]
    counts["floor"] = told["counts"]
    return Measured(tuple(stages), floor, tuple(parts), told["figures"], told["rules"], counts)


def _run(
    module: str, arguments: list[str], environment: dict[str, str], spill: Path, report: Path
) -> tuple[Line, dict[str, Any]]:
    """Run a module that leaves a report; its output goes beside the report."""
    told_in, log = report.with_suffix(".json"), report.with_suffix(".log")
    command = [sys.executable, "-m", module, *arguments, str(told_in)]
    usage = measured(command, environment, spill, log)
    told: dict[str, Any] = json.loads(told_in.read_text(encoding="utf-8"))
    line = Line(
        report.name,
        usage.wall_seconds,
        usage.cpu_seconds,
        usage.peak_bytes,
        told.get("read"),
        told.get("written"),
        usage.spilled_bytes,
    )
    return line, told
