"""`make bench`: one night of a synthetic country beside the floor, measured in the same run on the same files."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.figures import published_figures
from benchmarks.machine import machine
from benchmarks.night import measure_night
from benchmarks.report import Line, agreement, share_of_gates, table, total
from benchmarks.stage import GATE_CPU_MS
from include.home import Home
from include.settings import Settings

NIGHT = date(2026, 11, 20)
"""The first night of a country as `targeted country make` makes it."""


def bench(
    counties: Annotated[int, typer.Option(help="How many counties.", min=1)] = 50,
    households: Annotated[int, typer.Option(help="How many households in all.", min=1)] = 20_000,
    seed: Annotated[int, typer.Option(help="Seed of the country.", min=0)] = 1,
    faults: Annotated[str, typer.Option(help="none (floor and night must agree), or standard.")] = "none",
    batches: Annotated[int, typer.Option(help="Into how many batches the night is split.", min=1)] = 4,
    country: Annotated[Path | None, typer.Option(help="Use this country instead of making one.")] = None,
    scratch: Annotated[Path | None, typer.Option(help="Empty folder for everything; kept.")] = None,
) -> None:
    """Measure a night by stage, and the floor: wall and CPU seconds, peak memory, bytes read, written and spilled."""
    if scratch and scratch.exists() and any(scratch.iterdir()):
        raise typer.BadParameter(f"{scratch} is not an empty folder; name one that is empty or not there yet")
    if country and not (country / NIGHT.isoformat()).is_dir():
        raise typer.BadParameter(f"{country} has no folder {NIGHT}: name a country made by `targeted country make`")
    with tempfile.TemporaryDirectory(prefix="targeted-bench-") as own:
        folder = scratch.absolute() if scratch else Path(own)
        folder.mkdir(parents=True, exist_ok=True)
        made = country or make(folder / "country", counties, households, seed, faults)
        home = Home(folder / "home")
        settings = Settings(home=home.root, batches=batches)
        found = measure_night(made.absolute(), NIGHT, home, settings, folder, _say)
        night = total("the night", found.stages)
        typer.echo(f"SYNTHETIC 模拟数据. {machine(settings)}, {batches} batches")
        received = found.counts["receive"]
        typer.echo(f"{received['attempts']:,} packages, {received['files']:,} files, {received['rows']:,} rows\n")
        typer.echo(table([*found.stages, night, found.floor, *found.floor_parts], found.floor))
        typer.echo(share_of_gates(found.stages, found.counts["publish"].get(GATE_CPU_MS, 0) / 1000))
        typer.echo(f"\nthe night takes {night.cpu_seconds / found.floor.cpu_seconds:.1f} times the CPU of its floor\n")
        published = published_figures(home, settings)
        typer.echo("\n".join(agreement(found.figures, published)))
        if found.figures != published:
            left_out = found.counts["floor"]["files left out"]
            typer.echo(f"the floor holds nothing, keeps doubled rows, and left out {left_out} files: use --faults none")


def _say(line: Line) -> None:
    """Show on the terminal how far it is: the table comes at the end."""
    typer.echo(f"{line.name}: wall {line.wall_seconds:.1f} s, CPU {line.cpu_seconds:.1f} s", err=True)


def make(out: Path, counties: int, households: int, seed: int, faults: str) -> Path:
    """Make the country in a process of its own, so that its memory is not counted to any stage."""
    options = {"out": out, "counties": counties, "households": households, "seed": seed, "faults": faults, "nights": 1}
    arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command = "from include.cli import main; main()"
    subprocess.run([sys.executable, "-c", command, "country", "make", *arguments], check=True)
    return out


if __name__ == "__main__":
    typer.run(bench)
