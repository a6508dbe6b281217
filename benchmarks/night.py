"""Measures one night stage by stage, and the floor beside it, each in a process of its own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
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


def measure_night(
    country: Path, night: date, home: Home, settings: Settings, scratch: Path, say: Callable[[Line], None]
) -> Measured:
    """Run the floor over a country's night, then deliver it to a fresh home and run it; `say` gets each line at once.

    Raises CommandFailed when the floor or a stage fails.
    """
    environment = stage_environment(settings)
    floor_home = Home(scratch / "floor-home")
    floor_home.root.mkdir()
    packages = str(country / night.isoformat())
    floor, told = run_stage(
        "benchmarks.floor", [packages, night.isoformat()], environment, floor_home, scratch / "floor"
    )
    say(floor)
    parts = [Line(f"floor: {part}", took["wall"], took["cpu"]) for part, took in told["parts"].items()]
    figures, rules, counts = told["figures"], told["rules"], {"floor": told["counts"]}
    stages, told_by_stage = measure_stages(country, night, home, settings, scratch, say)
    return Measured(tuple(stages), floor, tuple(parts), figures, rules, counts | told_by_stage)


def measure_stages(
    country: Path, night: date, home: Home, settings: Settings, reports: Path, say: Callable[[Line], None]
) -> tuple[list[Line], dict[str, dict[str, int]]]:
    """Deliver a country's night to a home and run it, its reports in a folder; returns lines, and counts by stage.

    Raises CommandFailed when a stage fails.
    """
    deliver(country, home, night)
    stages, counts = [], {}
    for task in dict.fromkeys(task for task, _ in tasks(home, settings, night)):
        arguments = [task, night.isoformat()]
        line, told = run_stage("benchmarks.stage", arguments, stage_environment(settings), home, reports / task)
        say(line)
        stages.append(line)
        counts[task] = told["counts"]
    return stages, counts


def stage_environment(settings: Settings) -> dict[str, str]:
    """The environment that a measured stage runs in."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TARGETED_BATCHES": str(settings.batches),
    }


def run_stage(
    module: str, arguments: list[str], environment: dict[str, str], home: Home, report: Path
) -> tuple[Line, dict[str, Any]]:
    """Run a module that leaves a report, with its state in `home`; its output goes beside the report."""
    told_in, log = report.with_suffix(".json"), report.with_suffix(".log")
    command = [sys.executable, "-m", module, *arguments, str(told_in)]
    usage = measured(command, {**environment, "TARGETED_HOME": str(home.root)}, home.tmp / "duckdb", log)
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
