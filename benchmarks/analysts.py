"""`make bench-analysts`: twenty analysts ask the marts of three million households while they are published anew.

A small country is played for a night; its marts are drawn to the size asked for (`drawn_marts.py`) and published by the
code that ships. Each analyst is a process of its own with DuckDB's defaults (`analyst.py`), in turn asking about
households, zones, counties and the nation. First one asks alone; then twenty ask before, during and after the writing
of a new publication and the swap of its link.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Annotated

import typer

from benchmarks.__main__ import NIGHT, make
from benchmarks.analyst import HOUSEHOLD, OPENING, QUESTIONS, ZONE, Answer, Subjects
from benchmarks.board import county_codes
from benchmarks.drawn_marts import Drawing, draw_marts
from benchmarks.machine import machine
from include import night as steps
from include.duck import connect
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings
from include.warehouse import versions
from include.warehouse.copy import attach_read_only
from include.warehouse.publish import build_candidate
from include.warehouse.versions import Version

LIMITS_MS = {HOUSEHOLD: 50.0, ZONE: 200.0}
"""What the median of a kind of question may take."""
ALWAYS_ANSWERED = {"its row", "its story", "as of a day", "poverty", "causes", "conditions"}
"""Questions whose subjects are drawn so that they have an answer."""
PHASES = ("alone", "before", "during", "after")
_SAMPLE = 5_000


def bench(
    households: Annotated[int, typer.Option(help="How many households, about.", min=1_000)] = 3_000_000,
    counties: Annotated[int, typer.Option(help="How many counties they live in.", min=2)] = 2_400,
    played: Annotated[int, typer.Option(help="How many counties are played; each is drawn as several.", min=2)] = 24,
    analysts: Annotated[int, typer.Option(help="How many ask at the same time.", min=1)] = 20,
    pause: Annotated[float, typer.Option(help="Mean seconds between two questions of one analyst.", min=0)] = 1.0,
    seconds: Annotated[float, typer.Option(help="How long they ask before and after the publishing.", min=1)] = 60.0,
    months: Annotated[int, typer.Option(help="Months before this one in the figures of areas.", min=0)] = 24,
    nights: Annotated[int, typer.Option(help="Nights before this one in the ledger of attempts.", min=0)] = 60,
    scratch: Annotated[
        Path | None, typer.Option(help="Folder for everything; what was drawn and published there is used.")
    ] = None,
) -> None:
    """Ask and publish; exit 1 when an error came, an answer is missing, or a median is over its limit."""
    with tempfile.TemporaryDirectory(prefix="targeted-bench-analysts-") as own:
        folder = (scratch or Path(own)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        home = Home(folder / "drawn")
        settings = Settings(home=home.root)
        drawing = Drawing(copies=counties // played, months=months, nights=nights)
        if not home.warehouse.exists():
            draw(play(folder, played, households // drawing.copies), home, drawing, county_codes(counties))
        took = [] if versions.current(home, "marts") else [publish(home, settings)]
        subjects = folder / "subjects.json"
        subjects.write_text(json.dumps(asdict(subjects_of(home, settings))), encoding="utf-8")
        answers = {"alone": _asked(home, subjects, folder / "alone", 1, 0, lambda: time.sleep(seconds))}
        clock: list[float] = []

        def publish_between() -> None:
            time.sleep(seconds)
            clock.append(time.monotonic())
            took.append(publish(home, settings))
            clock.append(time.monotonic())
            time.sleep(seconds)

        for answer in _asked(home, subjects, folder / "together", analysts, pause, publish_between):
            answers.setdefault(phase_of(answer.at, clock), []).append(answer)
        typer.echo(f"SYNTHETIC 模拟数据. {machine(settings)}")
        typer.echo(_told(home, settings, analysts, pause, took))
        typer.echo(table(answers))
        wrong = faults(answers)
        typer.echo(
            "\n".join(["", *wrong]) if wrong else "\nno error, no answer missing, all medians within their limits"
        )
        if wrong:
            raise typer.Exit(1)


def play(folder: Path, counties: int, households: int) -> Path:
    """Make a country and run its first night; returns the published marts. One that was played there is taken."""
    home = Home(folder / "played")
    marts = versions.link(home, "marts")
    if not marts.exists():
        country = make(folder / "country", counties, households, 1, "standard")
        deliver(country, home, NIGHT)
        steps.run(home, Settings(home=home.root, batches=1), NIGHT, lambda result: typer.echo(result, err=True))
    return marts


def draw(marts: Path, home: Home, drawing: Drawing, counties: list[str]) -> None:
    """Write the drawn warehouse: aside, since one that is there is taken."""
    home.warehouse.parent.mkdir(parents=True, exist_ok=True)
    aside = home.warehouse.with_name("drawing.duckdb")
    aside.unlink(missing_ok=True)
    begun = time.monotonic()
    with connect(Settings(home=home.root), aside) as connection:
        attach_read_only(connection, marts.resolve(), "played")
        households = draw_marts(connection, "played", drawing, counties)
    aside.rename(home.warehouse)
    typer.echo(f"drew {households:,} households in {time.monotonic() - begun:.0f} s", err=True)


def publish(home: Home, settings: Settings) -> float:
    """Publish the drawn warehouse's marts with the code that ships, without its gates; returns the seconds it took.

    The open file is left out: none of these analysts reads it.
    """
    begun = time.monotonic()
    number = versions.next_number(home, ("marts",), NIGHT)
    build_candidate(home, settings, NIGHT, number)
    version = Version(NIGHT, number, "marts")
    versions.put_in_place(home, version)
    versions.point(home, version)
    typer.echo(f"published {version.file_name} in {time.monotonic() - begun:.0f} s", err=True)
    return time.monotonic() - begun


def subjects_of(home: Home, settings: Settings) -> Subjects:
    """Households, zones and counties to ask about, the same each time."""
    with connect(settings, versions.link(home, "marts").resolve(), read_only=True) as connection:

        def listed(query: str) -> tuple[str, ...]:
            return tuple(str(value) for (value,) in connection.execute(query).fetchall())

        return Subjects(
            NIGHT.isoformat(),
            listed(
                "select household_key from household.household_versions where operation <> 'close'"
                f" order by hash(household_key) limit {_SAMPLE}"
            ),
            listed("select distinct area_code from zone.poverty_monthly where area_kind = 'zone' order by 1"),
            listed("select distinct county_code from household.households where county_code is not null order by 1"),
        )


def _asked(
    home: Home, subjects: Path, reports: Path, analysts: int, pause: float, meanwhile: Callable[[], None]
) -> list[Answer]:
    """Let so many analysts ask as long as `meanwhile` takes; returns all their answers since each had its first."""
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir()
    end = reports / "end"
    file = versions.link(home, "marts")
    told = [reports / f"{number}.jsonl" for number in range(analysts)]
    working = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.analyst", file, subjects, str(number), str(pause), end, report]
        )
        for number, report in enumerate(told)
    ]
    try:
        while not all(report.exists() and report.stat().st_size for report in told):
            if any(process.poll() for process in working):
                raise RuntimeError("an analyst ended before its first answer")
            time.sleep(0.1)
        begun = time.monotonic()
        meanwhile()
    finally:
        end.touch()
        codes = [process.wait() for process in working]
    if any(codes):
        raise RuntimeError(f"{sum(map(bool, codes))} of {analysts} analysts ended with an error of their own")
    lines = (line for report in told for line in report.read_text(encoding="utf-8").splitlines())
    return [answer for answer in (Answer(**json.loads(line)) for line in lines) if answer.at >= begun or answer.error]


def phase_of(at: float, clock: Sequence[float]) -> str:
    """In which phase a question was asked; `clock` is when publishing began and when the link had moved."""
    begun, ended = clock
    return "before" if at < begun else "during" if at < ended else "after"


@dataclass(frozen=True)
class Spread:
    """How long a group of answers took, in milliseconds."""

    count: int
    median: float
    most: float
    """Of 20 answers 19 took no longer."""


def spread(answers: Sequence[Answer]) -> Spread | None:
    """None for no answer at all."""
    took = [answer.milliseconds for answer in answers]
    if not took:
        return None
    return Spread(len(took), median(took), quantiles(took, n=20)[-1] if len(took) > 1 else took[0])


def table(answers: dict[str, list[Answer]]) -> str:
    """A Markdown table: each question, and each kind that has a limit, by phase: median, 95th percentile, number.

    The last column is the median of the CPU milliseconds of all answers: what they took but for waiting for a core.
    """
    heads = ["question, ms", *(f"{phase}: median, 95th, answers" for phase in PHASES), "CPU ms"]
    lines = [heads, ["---", *["---:"] * (len(PHASES) + 1)]]
    names = [(question.kind, question.name) for question in QUESTIONS]
    for kind, name in [*((kind, "") for kind in LIMITS_MS), *names, (OPENING, "")]:
        of_these = {
            phase: [one for one in many if one.kind == kind and name in ("", one.name)]
            for phase, many in answers.items()
        }
        used = [one.cpu_milliseconds for many in of_these.values() for one in many]
        cells = [_cell(of_these.get(phase, [])) for phase in PHASES]
        lines.append([f"{kind}: {name}" if name else kind, *cells, f"{median(used):.0f}" if used else ""])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(answers: Sequence[Answer]) -> str:
    found = spread(answers)
    return f"{found.median:.0f}, {found.most:.0f}, {found.count:,}" if found else ""


def faults(answers: dict[str, list[Answer]]) -> list[str]:
    """What is not as it must be, one line each; nothing when all is well."""
    found = [f"{phase}: {one.error}" for phase, many in answers.items() for one in many if one.error]
    found += [
        f"{phase}: no row for {one.kind}, {one.name}"
        for phase, many in answers.items()
        for one in many
        if one.name in ALWAYS_ANSWERED and not one.rows and not one.error
    ]
    for phase in PHASES:
        for kind, limit in LIMITS_MS.items():
            took = spread([one for one in answers.get(phase, []) if one.kind == kind])
            if took is None or took.median > limit:
                told = f"median {took.median:.0f} ms" if took else "nothing was asked"
                found.append(f"{phase}: {kind}: {told}, the limit is {limit:.0f} ms")
    return found


def _told(home: Home, settings: Settings, analysts: int, pause: float, took: Sequence[float]) -> str:
    path = versions.link(home, "marts").resolve()
    with connect(settings, path, read_only=True) as connection:
        ((households,),) = connection.execute("select count(*) from household.households").fetchall()
        ((rows,),) = connection.execute("select sum(estimated_size) from duckdb_tables()").fetchall()
    seconds = " s with nobody asking, ".join(f"{each:.0f}" for each in took)
    return (
        f"{households:,} households, {rows:,} rows in all, {path.stat().st_size / 1e9:.1f} GB; {analysts} analysts, a"
        f" pause of {pause:g} s on average; publishing took {seconds} s beside them\n"
    )


if __name__ == "__main__":
    typer.run(bench)
