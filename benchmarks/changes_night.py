"""`make bench-changes`: an ordinary night beside the full load before it, stage by stage, in one run.

Every county first sends its whole state, and on the next night a `changes` package with all rows of the few households
that changed. Both nights are whole, from receive to lineage, each stage in a process of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.__main__ import NIGHT
from benchmarks.machine import machine
from benchmarks.night import measure_stages
from benchmarks.report import Line, total
from include.country.make import make_country
from include.home import Home
from include.settings import Settings

LIMIT = 0.10
"""An ordinary night is to take at most this share of the full one's CPU."""


def bench(
    counties: Annotated[int, typer.Option(help="How many counties.", min=1)] = 50,
    households: Annotated[int, typer.Option(help="How many households in all.", min=1)] = 40_000,
    share: Annotated[float, typer.Option(help="Share of the households that change in the ordinary night.")] = 0.01,
    seed: Annotated[int, typer.Option(help="Seed of the country.", min=0)] = 1,
    batches: Annotated[int, typer.Option(help="Into how many batches a night is split.", min=1)] = 4,
    scratch: Annotated[Path | None, typer.Option(help="Empty folder for everything; kept.")] = None,
) -> None:
    """Measure both nights and print what each stage of the ordinary one takes of the full one."""
    if scratch and scratch.exists() and any(scratch.iterdir()):
        raise typer.BadParameter(f"{scratch} is not an empty folder; name one that is empty or not there yet")
    with tempfile.TemporaryDirectory(prefix="targeted-bench-changes-") as own:
        folder = scratch.absolute() if scratch else Path(own)
        country, home = folder / "country", Home(folder / "home")
        make_country(country, counties, households, 2, seed, "none", NIGHT, changed_share=share)
        settings = Settings(home=home.root, batches=batches)
        lines, rows = [], []
        for night in (NIGHT, NIGHT + timedelta(days=1)):
            reports = folder / "reports" / night.isoformat()
            reports.mkdir(parents=True)
            of_night, counts = measure_stages(country, night, home, settings, reports, _say)
            lines.append([*of_night, total("the night", of_night)])
            rows.append(counts["receive"]["rows"])
        typer.echo(f"SYNTHETIC 模拟数据. {machine(settings)}, {batches} batches")
        typer.echo(f"{rows[0]:,} rows in full packages, {rows[1]:,} in changes\n")
        typer.echo(table(*lines))
        taken = lines[1][-1].cpu_seconds / lines[0][-1].cpu_seconds
        typer.echo(f"\nthe ordinary night takes {taken:.1%} of the full one's CPU; the aim is {LIMIT:.0%}")


def _say(line: Line) -> None:
    typer.echo(f"{line.name}: wall {line.wall_seconds:.1f} s, CPU {line.cpu_seconds:.1f} s", err=True)


def table(full: Sequence[Line], ordinary: Sequence[Line]) -> str:
    """A Markdown table: CPU seconds of both nights by stage, and the share of the full one's."""
    lines = ["| stage | full, CPU s | ordinary, CPU s | share |", "| --- | ---: | ---: | ---: |"]
    for whole, few in zip(full, ordinary, strict=True):
        share = few.cpu_seconds / whole.cpu_seconds
        lines.append(f"| {whole.name} | {whole.cpu_seconds:.1f} | {few.cpu_seconds:.1f} | {share:.0%} |")
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(bench)
