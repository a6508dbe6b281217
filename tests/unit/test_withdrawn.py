"""An office takes a package back: what it said counts no more, and what stood before stands again from tonight."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include import kill_points
from include.clocks import known_at
from include.contract import contract
from include.files import write_parquet
from include.home import Home
from include.intake import ledger, typed, withdrawn
from include.intake.check import check
from include.intake.judge import judge
from include.intake.meet import meet
from include.intake.receive import receive
from include.intake.withdrawn import Withdrawal
from include.settings import Settings
from tests.unit.intake_world import BATCH, NIGHT, World, csv_bytes

SECOND, THIRD = NIGHT + timedelta(days=1), NIGHT + timedelta(days=2)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def units(**names: str) -> dict[str, bytes]:
    """A file of units: a dataset without households, so that nothing else can hold its rows."""
    head = ["unit_id", "unit_name", "unit_kind", "level", "place_code"]
    return {"units.csv": csv_bytes([head, *([u, n, "party_government", "county", "513431"] for u, n in names.items())])}


def send(world: World, night: date, package: str, files: dict[str, bytes] | None = None, **manifest: Any) -> None:
    rows = {name: data.count(b"\n") - 1 for name, data in (files or {}).items()}
    world.send(files, package=package, rows=rows, manifest={"as_of": f"{night:%Y-%m-%d}"} | manifest)


def play(world: World, night: date) -> None:
    world.receive(night)
    meet(world.home, world.settings, night)
    check(world.home, world.settings, night, BATCH)
    judge(world.home, world.settings, night, BATCH)


def in_force(world: World, as_of: date, known: date) -> dict[str, str]:
    """Name of each unit as the lake has it for a day, as known after a night."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            """select unit_id, unit_name from read_parquet(?, union_by_name = true, hive_partitioning = false)
            where as_of <= ? and known_at <= ? qualify row_number() over (
                partition by unit_id order by as_of desc, known_at desc, number desc, file desc, "row" desc) = 1""",
            [world.home.lake_glob("accepted", "units"), as_of, known_at(known)],
        ).fetchall()
    return dict(rows)


def states(world: World, night: date) -> dict[str, str]:
    return dict(world.lake("attempt_states", columns="attempt_id, state", night=night))


def test_what_stood_before_stands_again_and_the_past_nights_stay_what_they_were(world: World) -> None:
    send(world, NIGHT, "first", units(U1="right", U2="untouched"))
    play(world, NIGHT)
    send(world, SECOND, "second", units(U1="wrong", U3="new"))
    play(world, SECOND)
    assert in_force(world, SECOND, SECOND) == {"U1": "wrong", "U2": "untouched", "U3": "new"}
    send(world, THIRD, "third", withdraws=[2])
    play(world, THIRD)
    assert in_force(world, THIRD, THIRD) == {"U1": "right", "U2": "untouched", "U3": "new"}
    assert in_force(world, SECOND, THIRD)["U1"] == "right"
    assert in_force(world, SECOND, SECOND)["U1"] == "wrong", "what was known then stays"
    assert world.lake("withdrawals", columns="attempt_id, withdrawn_by", night=THIRD) == [
        ("513431-00002", "513431-00003")
    ]
    assert world.lake("restated", columns="withdrawn, attempt_id, dataset, rows", night=THIRD) == [
        ("513431-00002", "513431-00001", "units", 1)
    ]
    assert states(world, THIRD) == {"513431-00003": "accepted"}


def test_the_corrected_rows_of_the_withdrawing_package_count(world: World) -> None:
    """Also for the very day for which the withdrawn package spoke."""
    send(world, NIGHT, "first", units(U1="old"))
    play(world, NIGHT)
    send(world, SECOND, "second", units(U1="wrong", U2="wrong"))
    play(world, SECOND)
    send(world, SECOND, "third", units(U1="corrected"), withdraws=[2])
    play(world, THIRD)
    assert in_force(world, SECOND, THIRD) == {"U1": "corrected", "U2": "wrong"}


def test_what_was_told_since_stays(world: World) -> None:
    send(world, NIGHT, "first", units(U1="right"))
    play(world, NIGHT)
    send(world, SECOND, "second", units(U1="wrong"))
    play(world, SECOND)
    send(world, THIRD, "third", units(U1="renamed"))
    send(world, THIRD, "third-too", withdraws=[2])
    play(world, THIRD)
    assert in_force(world, THIRD, THIRD) == {"U1": "renamed"}
    assert in_force(world, SECOND, THIRD) == {"U1": "right"}


@pytest.mark.parametrize("wrong", ["accepted", "held"])
def test_a_correction_of_the_same_day_stands_when_what_it_corrected_is_taken_back(tmp_path: Path, wrong: str) -> None:
    """Only take_up, over lake files laid by hand: U1 was corrected before the withdrawal, U2 was not."""
    home, last = Home(tmp_path), THIRD + timedelta(days=1)
    with duckdb.connect() as connection:
        lay_units(connection, home, "accepted", NIGHT, number=1, as_of=NIGHT, U1="old", U2="old")
        lay_units(connection, home, wrong, SECOND, number=2, as_of=SECOND, U1="wrong", U2="wrong")
        lay_units(connection, home, "accepted", THIRD, number=3, as_of=SECOND, U1="corrected")
        withdrawn.write(connection, home, last, BATCH, [Withdrawal("513431", "513431-00002", "513431-00004")])
        assert withdrawn.take_up(connection, home, last, BATCH, ()) == ("units",)
        again = connection.execute("select unit_id, unit_name, number, as_of, known_at from released_units").fetchall()
    assert again == [("U2", "old", 1, SECOND, known_at(last))]


def lay_units(
    connection: duckdb.DuckDBPyConnection, home: Home, kind: str, night: date, number: int, as_of: date, **names: str
) -> None:
    """Write a file of units of one package into the lake, as the judge of a night would."""
    item = contract("units")
    columns = ", ".join(f'"{column}"' for column in typed.typed_columns(item))
    connection.execute(f"create or replace temp table laid as select {columns} from ({typed.empty_query(item)})")
    connection.executemany(
        """insert into laid (county_id, attempt_id, number, night, known_at, as_of, operation, file, "row", unit_id,
            unit_name) values ('513431', ?, ?, ?, ?, ?, 'upsert', 'units.csv', ?, ?, ?)""",
        [
            (f"513431-{number:05d}", number, night, known_at(night), as_of, row, unit, name)
            for row, (unit, name) in enumerate(names.items(), 2)
        ],
    )
    write_parquet(connection, "select * from laid", home.lake_file(kind, night, BATCH, "units"))


def test_two_withdrawn_together_go_back_to_what_stood_before_both(world: World) -> None:
    for number, (night, name) in enumerate([(NIGHT, "right"), (SECOND, "wrong"), (THIRD, "wrong too")]):
        send(world, night, f"p{number}", units(U1=name))
        play(world, night)
    last = THIRD + timedelta(days=1)
    send(world, last, "p4", withdraws=[2, 3])
    play(world, last)
    assert in_force(world, last, last) == {"U1": "right"}


def test_one_of_the_same_night_is_archived_and_not_read(world: World) -> None:
    send(world, NIGHT, "a-wrong", units(U1="wrong"))
    send(world, NIGHT, "b-right", units(U1="right"), withdraws=[1])
    play(world, NIGHT)
    assert states(world, NIGHT) == {"513431-00001": "withdrawn", "513431-00002": "accepted"}
    assert in_force(world, NIGHT, NIGHT) == {"U1": "right"}
    assert world.home.landing_file(NIGHT, "513431-00001").exists()
    assert world.told("rule") == []


@pytest.mark.parametrize("number", [1, 2, 99])
def test_a_number_that_is_no_earlier_package_is_told(world: World, number: int) -> None:
    send(world, NIGHT, "a", units(U1="right"), withdraws=[number])
    play(world, NIGHT)
    assert world.told("rule, severity, detail") == [("withdrawal-of-no-attempt", "advice", f"no. {number}")]
    assert in_force(world, NIGHT, NIGHT) == {"U1": "right"}


def test_another_offices_package_is_not_withdrawn(world: World) -> None:
    send(world, NIGHT, "a", units(U1="right"))
    play(world, NIGHT)
    world.send(submitter="513432", package="b", manifest={"as_of": f"{SECOND:%Y-%m-%d}", "withdraws": [1]})
    play(world, SECOND)
    assert in_force(world, SECOND, SECOND) == {"U1": "right"}


def _step(root: Path, name: str, point: str | None) -> None:
    if point:
        os.environ[kill_points.SETTING] = point
    home, settings = Home(root), Settings(home=root, batches=1)
    if name == "receive":
        receive(home, settings, THIRD, BATCH, known_at(THIRD))
    else:
        meet(home, settings, THIRD)
        check(home, settings, THIRD, BATCH)
        judge(home, settings, THIRD, BATCH)


@pytest.mark.parametrize("what", ["withdrawals", "restated"])
def test_a_death_on_the_way_changes_nothing_of_the_end(world: World, what: str) -> None:
    send(world, NIGHT, "first", units(U1="right"))
    play(world, NIGHT)
    send(world, SECOND, "second", units(U1="wrong"))
    play(world, SECOND)
    send(world, THIRD, "third", withdraws=[2])
    fork = multiprocessing.get_context("fork")
    for name in ("receive", "judge"):
        for when in ("before", "after"):
            process = fork.Process(target=_step, args=(world.home.root, name, f"{what}:{when}"))
            process.start()
            process.join()
            assert process.exitcode in (0, -9)
            assert (process.exitcode == -9) == ((what, name) in {("withdrawals", "receive"), ("restated", "judge")})
            if name == "judge" and what == "withdrawals":
                break
        _step(world.home.root, name, None)
    assert in_force(world, THIRD, THIRD) == {"U1": "right"}
    assert len(world.lake("accepted", "units", night=THIRD)) == 1


def test_a_package_that_is_taken_back_after_a_death_withdraws_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Receive dies before the ledger; the office takes the withdrawing package away and sends another instead."""
    send(world, NIGHT, "first")
    world.receive(NIGHT)
    send(world, SECOND, "second", withdraws=[1])
    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(ledger, "write_attempts", _die)
        world.receive(SECOND)
    assert world.lake("withdrawals", columns="attempt_id", night=SECOND) == [("513431-00001",)]
    shutil.rmtree(world.home.inbox / "513431" / "second")
    send(world, SECOND, "another")
    world.receive(SECOND)
    assert world.lake("attempts", columns="number, package", night=SECOND) == [(2, "another")]
    assert not world.home.lake_file("withdrawals", SECOND, BATCH).exists()


def _die(*_: object) -> None:
    raise SystemExit
