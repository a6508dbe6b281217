"""`python -m benchmarks.intake`: what a package costs at the door beyond its rows.

The same number of households is sent twice: by many counties and by a tenth of them. Nearly the same rows then come in
ten times as many packages, and the difference is what the packages cost. Each stage runs in a process of its own.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.__main__ import NIGHT, make
from benchmarks.machine import machine
from benchmarks.night import run_stage
from benchmarks.report import Line, total
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings

STAGES = ("receive", "meet", "check", "judge")
FEWER = 10
"""The second country has so many times fewer counties."""
LIMIT_MS = 30.0
"""CPU milliseconds that a package may cost beyond its rows."""


def bench(
    counties: Annotated[int, typer.Option(help="How many counties, each with one package.", min=FEWER)] = 2_800,
    households: Annotated[int, typer.Option(help="How many households in each county.", min=1)] = 100,
    seed: Annotated[int, typer.Option(help="Seed of the country.", min=0)] = 1,
    batches: Annotated[int, typer.Option(help="Into how many batches the night is split.", min=1)] = 1,
    scratch: Annotated[Path | None, typer.Option(help="Empty folder for everything; kept.")] = None,
    alone: Annotated[bool, typer.Option("--alone", help="Measure the many packages only.")] = False,
) -> None:
    """Measure receive, meet, check and judge of both countries; exit 1 when a package costs more than it may.

    With `alone` the country of fewer counties is not made: so for a nation, whose rows take longer than its packages.
    """
    if scratch and scratch.exists() and any(scratch.iterdir()):
        raise typer.BadParameter(f"{scratch} is not an empty folder; name one that is empty or not there yet")
    with tempfile.TemporaryDirectory(prefix="targeted-bench-intake-") as own:
        folder = scratch.absolute() if scratch else Path(own)
        typer.echo(f"SYNTHETIC 模拟数据. {machine(Settings())}, {batches} batches")
        many = measure(folder / str(counties), counties, counties * households, seed, batches)
        if alone:
            typer.echo(f"{many.packages:,} packages with {many.rows:,} rows\n\n{table(many)}")
            return
        few = measure(folder / str(counties // FEWER), counties // FEWER, counties * households, seed, batches)
        cost = cost_per_package(many.lines, few.lines, many.packages - few.packages)
        typer.echo(f"{many.packages:,} packages with {many.rows:,} rows, and {few.packages:,} with {few.rows:,}\n")
        typer.echo(table(many, few, cost))
        each = cost["receive to judge"]
        typer.echo(f"\na package costs {each:.1f} ms of CPU beyond its rows; {LIMIT_MS:.0f} ms are allowed")
        if each > LIMIT_MS:
            raise typer.Exit(1)


class Intake:
    """What the stages of one country took."""

    def __init__(self, lines: list[Line], packages: int, rows: int) -> None:
        self.lines = [*lines, total("receive to judge", lines)]
        self.packages, self.rows = packages, rows


def measure(folder: Path, counties: int, households: int, seed: int, batches: int) -> Intake:
    """Make a country, deliver its first night, and run the stages; raises CommandFailed when one fails."""
    folder.mkdir(parents=True)
    country = make(folder / "country", counties, households, seed, "none")
    home = Home(folder / "home")
    deliver(country, home, NIGHT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TARGETED_BATCHES": str(batches)}
    lines, counts = [], {}
    for stage in STAGES:
        line, told = run_stage("benchmarks.stage", [stage, NIGHT.isoformat()], environment, home, folder / stage)
        typer.echo(f"{counties:,} counties, {stage}: CPU {line.cpu_seconds:.1f} s", err=True)
        lines.append(line)
        counts[stage] = told["counts"]
    return Intake(lines, counts["receive"]["attempts"], counts["receive"]["rows"])


def cost_per_package(many: list[Line], few: list[Line], more: int) -> dict[str, float]:
    """CPU milliseconds by stage for each of the packages that one run has more of than the other."""
    return {
        line.name: (line.cpu_seconds - other.cpu_seconds) / more * 1000 for line, other in zip(many, few, strict=True)
    }


def table(many: Intake, few: Intake | None = None, cost: dict[str, float] | None = None) -> str:
    """A Markdown table: wall, CPU and memory of each, and with both the cost of a package."""
    columns = [[line.name for line in many.lines]]
    heads = ["stage"]
    for intake in (many, few) if few else (many,):
        told = f"({intake.packages:,})"
        heads += [f"wall s {told}", f"CPU s {told}", f"peak MB {told}"]
        columns.append([f"{line.wall_seconds:.1f}" for line in intake.lines])
        columns.append([f"{line.cpu_seconds:.1f}" for line in intake.lines])
        columns.append([f"{(line.peak_bytes or 0) / 1e6:,.0f}" for line in intake.lines])
    if cost:
        heads.append("CPU ms a package")
        columns.append([f"{cost[line.name]:.1f}" for line in many.lines])
    rows = [heads, ["---", *["---:"] * (len(heads) - 1)], *zip(*columns, strict=True)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    typer.run(bench)
