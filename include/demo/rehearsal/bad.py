"""Bad nights: each is one fault of an office, of the machine or of our own, planted where it would come from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from include import night as steps
from include.clocks import known_at
from include.demo.rehearsal import TONIGHT
from include.demo.rehearsal.packages import Row, times
from include.demo.rehearsal.scenario import Expected, Ground, Scenario
from include.duck import connect
from include.files import write_aside

_LATE = ("220821", "341524", "360881", "433124", "451229", "500241", "520204", "522326", "540581", "610981")
_NEW_CAUSE = {f"{old:02d}": f"Z{old:02d}" for old in range(1, 100)}
_STEP_OF_DRIFT = 1.08


def _account_removed(ground: Ground) -> None:
    shutil.rmtree(ground.home.inbox / "530724")


def _half_left_out(ground: Ground) -> None:
    package = ground.package("622921")
    kept: set[str] = set()

    def first_hundred(rows: list[Row]) -> list[Row]:
        kept.update(row["household_id"] for row in rows[:100])
        return rows[:100]

    package.edit("households", first_hundred)
    package.edit("persons", lambda rows: [row for row in rows if row["household_id"] in kept])


def _new_code_list(ground: Ground) -> None:
    ground.package("141127").edit(
        "households", lambda rows: [row | {"main_cause": _NEW_CAUSE.get(row["main_cause"], "")} for row in rows]
    )


def _incomes_times_ten(ground: Ground) -> None:
    for county in ("513422", "513437"):
        ground.package(county).edit("households", lambda rows: [times(row, "10") for row in rows])


def _rows_twice(ground: Ground) -> None:
    ground.package("130624").edit("households", lambda rows: [*rows, *rows])


def _half_late(ground: Ground) -> None:
    for county in _LATE:
        shutil.rmtree(ground.home.inbox / county / f"{ground.night:%Y-%m-%d}")


def _samples_of_others(ground: Ground) -> None:
    """The numbers of households are those of another country's file: right in form, and nobody's."""

    def of_others(rows: list[Row]) -> list[Row]:
        return [row | {"household_id": f"{row['county_code']}9{number:09d}"} for number, row in enumerate(rows)]

    ground.package("assessor-01").edit("samples", of_others)


def _an_hour_early(ground: Ground) -> None:
    early = known_at(ground.night) - timedelta(hours=1)
    steps.receive(ground.home, ground.settings, ground.night, "0-of-1", looked_at=early)


def _loaded_twice(ground: Ground) -> None:
    _rewrite(ground, ground.lake_file("accepted", "households"), "select * from {0} union all select * from {0}")


def _file_broken(ground: Ground) -> None:
    path = ground.lake_file("accepted", "persons")
    content = path.read_bytes()
    with write_aside(path) as aside:
        aside.write_bytes(content[: len(content) // 2])


def _rewrite(ground: Ground, path: Path, query: str) -> None:
    old = path.with_suffix(".old")
    Path(path).rename(old)
    with connect(ground.settings) as connection:
        rows = query.format(f"read_parquet('{old}', hive_partitioning = false)")
        connection.execute(f"copy ({rows}) to '{path}' (format parquet)")
    old.unlink()


def _in_warehouse(*statements: str) -> Callable[[Ground], None]:
    def happens(ground: Ground) -> None:
        with connect(ground.settings, ground.home.warehouse) as connection:
            for statement in statements:
                connection.execute(statement)

    return happens


def _drift(ground: Ground) -> None:
    factor = _STEP_OF_DRIFT ** ((ground.night - TONIGHT).days + 1)
    ground.package("520204").edit("households", lambda rows: [times(row, f"{factor:.4f}") for row in rows])


def _nothing(_: Ground) -> None:
    """The machine itself is what is wrong: see the scenario's settings."""


_COUNTIES = "counties and offices"

BAD = (
    Scenario(
        "county-vanishes", "A county's inbox account is gone (530724): nobody would miss it", _account_removed,
        together=_COUNTIES, places=("530724",), expected=Expected(checks=("submissions-accounts-kept",)),
    ),
    Scenario(
        "county-cut-in-half", "A full package leaves out more than half of a county's households (622921)",
        _half_left_out, together=_COUNTIES, places=("622921",),
        expected=Expected(verdicts=("622921 breaker-vanished-households",)),
    ),
    Scenario(
        "code-list-changes", "A county's software writes causes of poverty in a code list of its own (141127)",
        _new_code_list, together=_COUNTIES, places=("141127",),
        expected=Expected(checks=("submissions-hits-usual",), held=("141127",)),
    ),
    Scenario(
        "incomes-times-ten", "Every income of one province is ten times what it was (51: 513422, 513437)",
        _incomes_times_ten, together=_COUNTIES, places=("513422", "513437"),
        expected=Expected(
            verdicts=("513422 breaker-incomes-rose", "513437 breaker-incomes-rose"),
            held=("513422", "513437"),
        ),
    ),
    Scenario(
        "rows-sent-twice", "A county's export writes every household twice (130624)", _rows_twice,
        together=_COUNTIES, places=("130624",),
        expected=Expected(checks=("submissions-hits-usual",), held=("130624",)),
    ),
    Scenario(
        "half-late", "Half of the counties have not sent by the cut-off", _half_late, together=_COUNTIES,
        places=_LATE, expected=Expected(checks=("submissions-reporting-share",)),
    ),
    Scenario(
        "assessor-swapped", "The assessor's file is another one: its households are registered nowhere (assessor-01)",
        _samples_of_others, together=_COUNTIES, places=("assessor-01",),
        expected=Expected(checks=("submissions-hits-usual",), held=("assessor-01",)),
    ),
    Scenario(
        "hour-shifted", "The machine's clock is an hour off: the inbox is looked into at 21:00", _an_hour_early,
        together=_COUNTIES, expected=Expected(checks=("submissions-after-cut-off",)),
    ),
    Scenario(
        "loaded-twice", "A load ran twice: the lake has every accepted household of the night twice", _loaded_twice,
        start="judged",
        expected=Expected("gate:submissions", ("submissions-received-accounted", "submissions-keys-unique")),
    ),
    Scenario(
        "lake-file-broken", "A file of the lake is cut in the middle", _file_broken, start="judged",
        expected=Expected("gate:submissions", ("submissions-received-accounted",)),
    ),
    Scenario(
        "disk-full", "There is no room on the disk for the night", _nothing,
        settings={"space_reserve_mb": 1_000_000_000}, expected=Expected("step:receive"),
    ),
    Scenario(
        "join-drops-rows", "A join in a mart drops the households of one county that have an ill member (632722)",
        _in_warehouse("delete from household.households where county_id = '632722' and ill > 0"), start="built",
        places=("632722",), expected=Expected("gate:marts", ("marts-households-by-county",)),
    ),
    Scenario(
        "wrong-rulebook", "The poverty line in the standards loses a zero: 400 instead of 4,000 yuan",
        _in_warehouse(
            "update seeds.standards set value = value / 10 where subject = 'poverty_line' and jurisdiction = 'CN'"
        ),
        start="judged", after="build_seeds",
        expected=Expected("gate:marts", ("marts-same-facts-same-answer",)),
    ),
    Scenario(
        "slow-drift", "A county's incomes rise by 8 % every night for ten nights; no step is large (520204)", _drift,
        before=9, until="build_seeds", places=("520204",),
        expected=Expected(verdicts=("520204 breaker-incomes-rose",), held=("520204",)),
    ),
)  # fmt: skip
