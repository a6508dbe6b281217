"""`make bench-nights`: an ordinary night of a lake of several nights, built from what was carried over and in full.

One night of a country is received and judged; the nights after it are drawn in SQL: every office sends its whole state
again, with a share of the households changed. First comes one at the end of each month, so that the lake has months
that were cut, then some that follow on each other. The last night is then built twice, in a home that built the night
before and in one that built none. Both must have the same content. The table says what each layer took as dbt runs it,
and what the SQL of its models takes alone, run again by one thread of DuckDB: without dbt's own time, which no night
saves.
"""

from __future__ import annotations

import resource
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.__main__ import NIGHT
from benchmarks.history import draw_night
from benchmarks.machine import machine
from include import night as steps
from include.country.make import make_country
from include.duck import connect
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings
from include.warehouse.carry import CARRIED
from include.warehouse.content_hash import AUDITED_SCHEMAS, table_hashes
from include.warehouse.dbt import build_layer

LAYERS = ("seeds", "staging_intermediate", "marts")
TO_THE_LAKE = ("receive", "meet", "check", "judge")


class NotTheSame(RuntimeError):
    """A night built from what was carried over differs from the night built in full; the tables are named."""


@dataclass(frozen=True)
class Built:
    """What building a night took, in CPU seconds: by layer, and of the intermediate models' SQL; the tables' hashes."""

    layers: dict[str, float]
    sql: dict[str, float]
    hashes: dict[str, str]
    cuts: int = 0
    """At how many cuts its households were worked out."""


def bench(
    counties: Annotated[int, typer.Option(help="How many counties.", min=1)] = 20,
    households: Annotated[int, typer.Option(help="How many households in all.", min=1)] = 40_000,
    nights: Annotated[int, typer.Option(help="How many nights follow on each other at the end.", min=2)] = 5,
    months: Annotated[int, typer.Option(help="How many months are on record before them.", min=0)] = 12,
    share: Annotated[float, typer.Option(help="Share of the households that change in a night.")] = 0.01,
    scratch: Annotated[Path | None, typer.Option(help="Folder for everything; a lake that is there is used.")] = None,
) -> None:
    """Build the last night both ways; raises NotTheSame when their content differs."""
    with tempfile.TemporaryDirectory(prefix="targeted-bench-") as own:
        folder = (scratch or Path(own)).absolute()
        days = [*month_ends(months), *(NIGHT + timedelta(days=number) for number in range(nights))]
        home, anew = Home(folder / "home"), Home(folder / "anew")
        if not home.lake.exists():
            _make_lake(folder / "country", home, counties, households, days, share)
        _build(home, days[-2], LAYERS[:2])
        ordinary = _build(home, days[-1], LAYERS)
        anew.root.mkdir(exist_ok=True)
        anew.lake.symlink_to(home.lake)
        full = _build(anew, days[-1], LAYERS)
        different = sorted(name for name in full.hashes if full.hashes[name] != ordinary.hashes.get(name))
        if different:
            raise NotTheSame(f"{days[-1]}: {', '.join(different)}; the warehouses are in {folder}")
        typer.echo(f"SYNTHETIC 模拟数据. {machine(Settings(home=home.root))}")
        typer.echo(_table(ordinary, full))
        typer.echo(f"\n{len(full.hashes)} tables have the same content")


def month_ends(months: int) -> list[date]:
    """The last days of so many months before the first night."""
    firsts = [NIGHT.replace(day=1)]
    for _ in range(months):
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    return sorted(first - timedelta(days=1) for first in firsts[:-1])


def _make_lake(country: Path, home: Home, counties: int, households: int, days: list[date], share: float) -> None:
    settings = Settings(home=home.root, batches=1)
    make_country(country, counties, households, 1, 1, "none", days[0])
    deliver(country, home, days[0])
    for name, task in steps.tasks(home, settings, days[0]):
        if name in TO_THE_LAKE:
            task()
    for before, night in pairwise(days):
        changed = draw_night(home, settings, before, night, share)
        typer.echo(f"{night}: {changed:,} households changed", err=True)


def _build(home: Home, night: date, layers: tuple[str, ...]) -> Built:
    settings = Settings(home=home.root, batches=1)
    took: dict[str, float] = {}
    for layer in layers:
        before = _cpu()
        build_layer(home, settings, night, layer)
        took[layer] = _cpu() - before
    if "marts" not in layers:
        return Built(took, {}, {})
    with connect(settings, home.warehouse, read_only=True) as connection:
        hashes = table_hashes(connection, AUDITED_SCHEMAS)
        ((cuts,),) = connection.execute("select count(*) from intermediate.int_open_cuts").fetchall()
    return Built(took, sql_seconds(home, settings), hashes, cuts)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def sql_seconds(home: Home, settings: Settings) -> dict[str, float]:
    """CPU seconds of each intermediate model's SQL as it was last built, on the warehouse as it stands."""
    compiled = home.warehouse.parent / "dbt-target" / "compiled" / "targeted" / "models" / "intermediate"
    took = {}
    with connect(settings, home.warehouse, read_only=True) as connection:
        connection.execute("set threads = 1")
        connection.execute(f"set file_search_path = '{home.warehouse.parent}'")  # views name the lake beside it
        for path in sorted(compiled.glob("*/int_*.sql")):
            before = time.process_time()
            connection.execute(f"create or replace temp table built as {path.read_text(encoding='utf-8')}")
            took[path.stem] = time.process_time() - before
    return took


def _table(ordinary: Built, full: Built) -> str:
    rows = [(f"{layer}, CPU s", ordinary.layers[layer], full.layers[layer]) for layer in LAYERS]
    for kind, is_kind in (("models that are carried over", True), ("other models of that layer", False)):
        mine, whole = (
            sum(took for name, took in built.sql.items() if (name in CARRIED) is is_kind) for built in (ordinary, full)
        )
        rows.append((f"SQL of the {kind}, CPU s", mine, whole))
    heads = ["| | carried over | in full |", "| --- | ---: | ---: |"]
    cuts = f"| cuts at which households are worked out | {ordinary.cuts} | {full.cuts} |"
    return "\n".join([*heads, *(f"| {name} | {mine:.1f} | {whole:.1f} |" for name, mine, whole in rows), cuts])


if __name__ == "__main__":
    typer.run(bench)
