"""Versions and rows in force: every past day as from all rows, and carried over night by night as made anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.clocks import known_at
from include.contract import contract
from include.home import Home
from include.settings import Settings
from include.warehouse.dbt import prepare
from include.warehouse.sources import row_columns
from tests.dbt.in_process import run_dbt

FIRST = date(2026, 11, 20)
NIGHTS = tuple(FIRST + timedelta(days=n) for n in range(5))
DAYS = tuple(FIRST + timedelta(days=n) for n in range(-2, 5))
CARRIED = date(2026, 1, 1)
"""Stands in the compiled SQL for the carried night, which the test puts in its place."""
MODELS = {"int_application_versions": "applications", "int_grievances": "grievances"}
"""A model of versions, and one of the rows in force tonight."""
KEYS = {"applications": "application_id", "grievances": "grievance_id"}
Staged = Mapping[str, Any]


@dataclass(frozen=True)
class Sent:
    """A row of an attempt; `night` is that on which it counts, later than its attempt's where a person released it."""

    county: str
    number: int
    attempt_night: date
    night: date
    as_of: date
    key: str
    value: str
    closes: bool
    row: int

    @property
    def order(self) -> tuple[date, datetime, int, int]:
        """Its place among the rows of its key."""
        return self.as_of, known_at(self.night), self.number, self.row


@st.composite
def histories(draw: st.DrawFn) -> list[Sent]:
    """What two counties send of two keys over five nights: now and then of a past day, closed, released later."""
    rows = []
    for county in ("110101", "513431"):
        number = 0
        for night in NIGHTS:
            for _ in range(draw(st.integers(0, 2))):
                number += 1
                late = draw(st.sampled_from([0, 0, 0, 1, 3]))
                released = draw(st.sampled_from([0, 0, 0, 1, 2]))
                for row in range(draw(st.integers(1, 2))):
                    rows.append(
                        Sent(
                            county,
                            number,
                            night,
                            min(night + timedelta(days=released), NIGHTS[-1]),
                            max(night - timedelta(days=late), DAYS[0]),
                            draw(st.sampled_from(["k1", "k2"])),
                            draw(st.sampled_from(["x", "y"])),
                            draw(st.integers(0, 5)) == 0,
                            row + 2,
                        )
                    )
    return rows


class Models:
    """The compiled SQL of the models, anew and carried, on staged rows in memory."""

    def __init__(self, root: Path) -> None:
        home = Home(root)
        own = Settings(home=home.root)
        prepare(home, own)
        self.anew = self._compile(home, own, {})
        self.carried = self._compile(home, own, {"TARGETED_CARRIED_NIGHT": f"{CARRIED}"})
        self.connection = duckdb.connect()
        self.connection.execute("set threads = 1; attach ':memory:' as warehouse; use warehouse")
        self.connection.execute("create schema staging; create schema intermediate")
        for dataset in MODELS.values():
            typed = ", ".join(
                f'"{name}" {type_}' for name, (type_, _) in row_columns(contract(dataset), "accepted").items()
            )
            self.connection.execute(f"create table staging.stg_accepted__{dataset} ({typed})")
        self.connection.execute("create table staging.stg_ledger__attempts (county_id varchar, night date, as_of date)")

    @staticmethod
    def _compile(home: Home, own: Settings, asked: Mapping[str, str]) -> dict[str, str]:
        command = ["compile", "--select", *MODELS]
        run_dbt(home, own, NIGHTS[-1], command, asked=asked)
        compiled = home.warehouse.parent / "dbt-target" / "compiled"
        return {model: next(compiled.rglob(f"{model}.sql")).read_text(encoding="utf-8") for model in MODELS}

    def stage(self, rows: Sequence[Sent], night: date) -> None:
        """Stage the rows that count by a night."""
        run = self.connection.execute
        run("delete from staging.stg_ledger__attempts")
        attempts = {(sent.county, sent.attempt_night, sent.number, sent.as_of) for sent in rows}
        for county, of, _, as_of in sorted(attempts):
            if of <= night:
                run("insert into staging.stg_ledger__attempts values (?, ?, ?)", [county, of, as_of])
        for dataset in MODELS.values():
            run(f"delete from staging.stg_accepted__{dataset}")
            value = "status" if dataset == "applications" else "outcome"
            names = f"county_id, number, night, as_of, known_at, file, row, {KEYS[dataset]}, {value}, operation"
            for sent in rows:
                if sent.night <= night:
                    values = [sent.county, sent.number, sent.night, sent.as_of, known_at(sent.night), "f.csv", sent.row]
                    values += [sent.key, sent.value, "close" if sent.closes else "upsert"]
                    run(
                        f"insert into staging.stg_accepted__{dataset} ({names}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        values,
                    )

    def built(self, model: str, carried_night: date | None = None) -> list[Any]:
        """Rows of a model, made anew or from those kept of the carried night."""
        sql = self.carried[model].replace(f"{CARRIED}", f"{carried_night}") if carried_night else self.anew[model]
        names = sorted(column for column, *_ in self.connection.execute(f"describe {sql}").fetchall())
        return self.connection.execute(f"select {', '.join(names)} from ({sql}) order by all").fetchall()

    def keep(self, model: str) -> None:
        """Keep the rows as they are tonight for a later night."""
        self.connection.execute(f"create or replace table intermediate.{model}__carried as {self.anew[model]}")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    return Models(tmp_path_factory.mktemp("carried"))


def _state(rows: Sequence[Sent], day: date, night: date) -> dict[tuple[str, str], str]:
    """Of each key the last row that speaks of the day or earlier and was known by the night; a close ends it."""
    last: dict[tuple[str, str], Sent] = {}
    for sent in sorted(rows, key=lambda sent: sent.order):
        if sent.as_of <= day and sent.night <= night:
            last[sent.county, sent.key] = sent
    return {key: sent.value for key, sent in last.items() if not sent.closes}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=histories())
def test_every_day_as_known_on_every_night_is_that_of_all_rows(models: Models, rows: list[Sent]) -> None:
    models.stage(rows, NIGHTS[-1])
    versions = models.anew["int_application_versions"]
    for day in DAYS:
        for night in NIGHTS:
            found = models.connection.execute(
                f"""select county_id, application_id, status from (
                    select *, row_number() over (
                        partition by county_id, application_id order by as_of desc, known_at desc, number desc, row desc
                    ) as recency from ({versions}) where as_of <= ? and known_at <= ?
                ) where recency = 1 and operation <> 'close'""",
                [day, known_at(night)],
            ).fetchall()
            assert {(county, key): value for county, key, value in found} == _state(rows, day, night)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=histories(), skipped=st.sampled_from([(), (2,), (1, 2, 3)]))
@pytest.mark.parametrize("model", MODELS)
def test_carried_over_night_by_night_is_made_anew(
    models: Models, model: str, rows: list[Sent], skipped: tuple[int, ...]
) -> None:
    """Also where nights in between were not built."""
    carried_night = None
    for number, night in enumerate(NIGHTS):
        if number not in skipped:
            models.stage(rows, night)
            assert models.built(model, carried_night) == models.built(model)
            models.keep(model)
            carried_night = night
