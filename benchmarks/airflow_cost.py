"""`make bench-airflow`: what Airflow itself costs in a national night: the scheduler beside the same night without it.

A country of very small counties is made, so that there is little work and as many counties as in the nation. Its night
is run twice, one after the other on the same packages: by the function behind `targeted night run` in one process, and
by the DAGs under a scheduler as `make run` starts it, in batches as in a deployment. Both must publish the same.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import psutil  # type: ignore[import-untyped]  # it ships no types
import typer

from benchmarks.__main__ import NIGHT, make
from benchmarks.machine import machine
from benchmarks.measure import Usage, measured
from include.demo.nights import FOLLOWED, NightTimes, run_night
from include.demo.run import NO_CLOCK, end_on_signals, say_with_clock
from include.demo.stack import Stack, free_port
from include.duck import connect
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings

LIMIT_SECONDS = 180.0
"""What Airflow may add to a national night."""
_PORT = 18_180
_LOOK_EVERY = 15.0
"""Seconds between two looks at the runs: the API server would spend more on them than on the tasks."""


@dataclass(frozen=True)
class Instance:
    """One task instance as Airflow's database tells it; moments in seconds since the epoch."""

    task: str
    scheduled: float
    queued: float
    started: float
    ended: float


@dataclass(frozen=True)
class UnderAirflow:
    """A night under the scheduler."""

    times: NightTimes
    seconds: float
    """From the start of the first run to the end of the last task."""
    cpu_seconds: float
    """Of all components and tasks, from the start of the first run to the end of the last."""
    idle_cpu_seconds: float
    """Of them all before that: the start of Airflow, which a night does not pay for."""
    instances: tuple[Instance, ...]


def bench(
    counties: Annotated[int, typer.Option(help="How many counties.", min=1)] = 2_844,
    households: Annotated[int, typer.Option(help="How many households in each, about.", min=1)] = 5,
    batches: Annotated[int, typer.Option(help="Into how many batches the night is split.", min=1)] = 32,
    seed: Annotated[int, typer.Option(help="Seed of the country.", min=0)] = 1,
    country: Annotated[Path | None, typer.Option(help="Use this country instead of making one.")] = None,
    scratch: Annotated[Path | None, typer.Option(help="Empty folder for everything; kept.")] = None,
) -> None:
    """Run the night both ways; exit 1 when Airflow adds more than it may, or the published marts differ."""
    if scratch and scratch.exists() and any(scratch.iterdir()):
        raise typer.BadParameter(f"{scratch} is not an empty folder; name one that is empty or not there yet")
    end_on_signals()  # so that no component of Airflow is left behind
    with tempfile.TemporaryDirectory(prefix="targeted-bench-airflow-") as own:
        folder = (scratch or Path(own)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        made = (country or make(folder / "country", counties, counties * households, seed, "none")).absolute()
        alone, airflow = Home(folder / "alone"), Home(folder / "airflow")
        usage, steps = run_alone(made, alone, batches, folder)
        typer.echo(f"without Airflow: {usage.wall_seconds:.0f} s, CPU {usage.cpu_seconds:.0f} s", err=True)
        under = run_under_airflow(made, airflow, batches)
        typer.echo(f"SYNTHETIC 模拟数据. {machine(Settings(home=alone.root))}, {batches} batches")
        typer.echo(f"{sum(1 for _ in (made / NIGHT.isoformat()).iterdir()):,} packages\n")
        typer.echo(table(steps, under.instances))
        typer.echo(summary(usage, under))
        published = {content_of(home) for home in (alone, airflow)}
        typer.echo(f"both publish the same: {len(published) == 1}")
        if len(published) > 1 or under.seconds - usage.wall_seconds > LIMIT_SECONDS:
            raise typer.Exit(1)


def run_alone(country: Path, home: Home, batches: int, folder: Path) -> tuple[Usage, list[tuple[str, float]]]:
    """Deliver and run the night in one process; returns what it took, and (task, seconds) in order."""
    deliver(country, home, NIGHT)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TARGETED_HOME": str(home.root),
        "TARGETED_BATCHES": str(batches),
    }
    report = folder / "alone.json"
    command = [sys.executable, "-m", "benchmarks.night_alone", NIGHT.isoformat(), str(report)]
    usage = measured(command, environment, home.tmp / "duckdb", folder / "alone.log")
    return usage, [(str(name), float(took)) for name, took in json.loads(report.read_text(encoding="utf-8"))]


def run_under_airflow(country: Path, home: Home, batches: int) -> UnderAirflow:
    """Start Airflow on a home, run the night's DAGs, and read from it when each task was scheduled, queued and run."""
    settings = {**NO_CLOCK, "TARGETED_BATCHES": str(batches)}
    with Stack(home.root, free_port(_PORT), say_with_clock(), settings) as stack:
        deliver(country, home, NIGHT)
        before, begun = _cpu_of_children(), time.time()
        times = run_night(stack, country, NIGHT, say_with_clock(), _LOOK_EVERY)
        used = _cpu_of_children() - before
        instances = tuple(_instances(stack))
        return UnderAirflow(times, max(one.ended for one in instances) - begun, used, before, instances)


def _cpu_of_children() -> float:
    """CPU seconds of all processes below this one, and of those that they waited for."""
    used = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            used += sum(process.cpu_times()[:4])  # its own, and of its children that have ended
        except psutil.NoSuchProcess:
            continue
    return used


def _instances(stack: Stack) -> list[Instance]:
    found = []
    for dag in FOLLOWED:
        for run in stack.api.get(f"/dags/{dag}/dagRuns", limit=100)["dag_runs"]:
            path = f"/dags/{dag}/dagRuns/{run['dag_run_id']}/taskInstances"
            total, offset = 1, 0
            while offset < total:
                page = stack.api.get(path, limit=100, offset=offset, order_by="id")
                total, offset = page["total_entries"], offset + 100
                found += [instance_of(dag, told) for told in page["task_instances"] if told["start_date"]]
    return found


def instance_of(dag: str, told: dict[str, Any]) -> Instance:
    """A task instance as the REST API gives it, one that has started and ended."""
    scheduled, queued, started, ended = (
        datetime.fromisoformat(told[name] or told["start_date"]).timestamp()
        for name in ("scheduled_when", "queued_when", "start_date", "end_date")
    )
    return Instance(f"{dag}: {told['task_id']}", scheduled, queued, started, ended)


def idle_seconds(instances: Sequence[Instance]) -> float:
    """Between the first start and the last end, the seconds in which no task ran."""
    idle, until = 0.0, min(one.started for one in instances)
    for one in sorted(instances, key=lambda one: one.started):
        idle += max(0.0, one.started - until)
        until = max(until, one.ended)
    return idle


def table(steps: Sequence[tuple[str, float]], instances: Sequence[Instance]) -> str:
    """A Markdown table by task: what it took without Airflow; under it the instances, waiting, and running."""
    heads = (
        "task", "without Airflow s", "tasks", "scheduled to queued s", "queued to started s", "running s",
        "from first started to last ended s",
    )  # fmt: skip
    lines = [heads, ("---", *["---:"] * 6)]
    for task in dict.fromkeys(one.task for one in sorted(instances, key=lambda one: one.started)):
        own = [one for one in instances if one.task == task]
        name = task.split(": ")[1]
        alone = sum(took for step, took in steps if step == name)
        lines.append((
            task,
            f"{alone:.1f}" if alone else "",
            f"{len(own)}",
            f"{sum(one.queued - one.scheduled for one in own) / len(own):.1f}",
            f"{sum(one.started - one.queued for one in own) / len(own):.1f}",
            f"{sum(one.ended - one.started for one in own):.1f}",
            f"{max(one.ended for one in own) - min(one.started for one in own):.1f}",
        ))  # fmt: skip
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def summary(usage: Usage, under: UnderAirflow) -> str:
    """What Airflow adds, in wall and CPU seconds, and where wall time goes."""
    more = under.seconds - usage.wall_seconds
    runs = ", ".join(f"{dag} {took:.0f} s" for dag, took in under.times.runs.items())
    return (
        f"\nwithout Airflow {usage.wall_seconds:.0f} s, CPU {usage.cpu_seconds:.0f} s; under Airflow"
        f" {under.seconds:.0f} s, CPU {under.cpu_seconds:.0f} s ({runs}; {under.times.tasks} tasks), and"
        f" {under.idle_cpu_seconds:.0f} s of CPU to start it\n"
        f"no task ran for {idle_seconds(under.instances):.0f} s between the first and the last\n"
        f"Airflow adds {more:.0f} s; {LIMIT_SECONDS:.0f} s are allowed"
    )


def content_of(home: Home) -> str:
    """The content hash that the published marts tell of themselves."""
    with connect(Settings(home=home.root), (home.published / "marts.duckdb").resolve(), read_only=True) as connection:
        ((content,),) = connection.execute("select content_hash from quality.publication").fetchall()
    return str(content)


if __name__ == "__main__":
    typer.run(bench)
