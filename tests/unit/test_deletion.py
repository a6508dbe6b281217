"""Deleting a person: nothing of them stays in plain, every count stays true, and they stay deleted."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include import kill_points
from include import night as steps
from include.contract import contract
from include.files import write_parquet
from include.home import Home
from include.intake import cell_macros, deletions
from include.intake.check import check
from include.intake.deletions import DeletionRefused, Member, decide, registered
from include.intake.identity import NumberUnreadable, person_key_of
from include.intake.judge import judge
from include.intake.meet import meet
from include.key_state import KeysInUse, in_use
from include.keys import append_secret, ensure_keys, person_key, read_person_secrets
from include.settings import Settings
from include.upkeep.deletion import erase, finish, register
from include.warehouse import versions
from tests.unit.intake_world import World, csv_bytes
from tests.unit.lake_rows import BATCH, COUNTY, NIGHT, Attempt, Night, Rows, clean, run

KEY = "ab" * 32
OTHER = "cd" * 32
NEXT = NIGHT + timedelta(days=1)
ROW = 6
"""Line of persons.csv in which the person stands."""
DECISION = ("D-7", "县乡村振兴局", "asked for by the person")


def country() -> Rows:
    """The person is the head of H3, the one ill member of a household poor by illness; a measure is theirs."""
    rows = clean()
    rows["persons"][4] |= {"person_key": KEY, "birth_date": "2031-01-01"}
    rows["measures"][1]["person_no"] = "1"
    return rows


def judged(root: Path) -> Night:
    ensure_keys(Home(root), Settings(home=root))
    night = run(root, [Attempt(country())])
    assert ("persons", "birth-date-in-future", ROW, "explain", "birth_date") in night.findings()
    return night


def deleted(home: Home) -> None:
    settings = Settings(home=home.root, threads=1)
    register(home, settings, decide(home, settings, KEY, *DECISION, NIGHT))
    erase(home, settings, NIGHT)


def rows_of_everything(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect() as connection:
        return {
            path.relative_to(home.root).as_posix(): connection.execute(
                "select * from read_parquet(?, hive_partitioning = false)", [str(path)]
            ).fetchall()
            for path in sorted(home.lake.rglob("*.parquet"))
        }


def files_of(home: Home) -> dict[str, bytes]:
    return {
        path.relative_to(home.root).as_posix(): path.read_bytes()
        for path in sorted(home.root.rglob("*"))
        if path.is_file() and home.keys not in path.parents
    }


def test_the_person_is_gone_and_everybody_else_is_as_before(tmp_path: Path) -> None:
    night = judged(tmp_path)
    before = rows_of_everything(night.home)
    deleted(night.home)
    after = rows_of_everything(night.home)
    persons, rejected = (f"lake/{kind}/persons/night={NIGHT}/{BATCH}.parquet" for kind in ("accepted", "rejected"))
    assert after[persons] == [row for row in before[persons] if KEY not in row]
    assert len(before[persons]) == len(after[persons]) + 1
    attempt = f"{COUNTY}-00001"
    assert after[rejected] == [(COUNTY, COUNTY, attempt, NIGHT, "persons.csv", ROW, deletions.RULE)]
    assert [name for name, rows in after.items() if KEY in str(rows)] == []
    told = {name for name, rows in after.items() if rows != before[name]}
    changed = ("accepted/measures", "accepted/persons", "attempt_states", "conservation", "findings_check")
    assert told == {
        f"lake/{kind}/night={NIGHT}/{BATCH}.parquet"
        for kind in (*changed, "read/measures", "read/persons", "rejected/persons")
    }
    (emptied,) = night.rows("read", "persons", "* exclude (night)")[ROW - 2 : ROW - 1]
    assert [value for value in emptied if value not in (None, [])] == [
        COUNTY, attempt, "persons.csv", ROW, deletions.RULE,
    ]  # fmt: skip
    assert night.rows("accepted", "measures", "measure_id, household_id, person_no") == [
        ("M1", "H1", None), ("M3", "H3", None),
    ]  # fmt: skip


def test_received_stays_accepted_and_held_and_rejected_and_the_office_loses_nothing(tmp_path: Path) -> None:
    night = judged(tmp_path)
    deleted(night.home)
    for attempt, dataset, received, *fates in night.rows(
        "conservation", None, "attempt_id, dataset, received, accepted, held, rejected"
    ):
        counted = [
            sum(1 for (one,) in night.rows(kind, dataset, "attempt_id") if one == attempt)
            for kind in ("accepted", "held", "rejected")
        ]
        assert fates == counted and received == sum(fates), dataset
        assert received == len(night.rows("read", dataset))
    assert set(night.states().values()) == {"accepted_with_queries"}


def test_judging_the_night_again_ends_the_same_and_holds_no_household(tmp_path: Path) -> None:
    night = judged(tmp_path)
    deleted(night.home)
    after = rows_of_everything(night.home)
    settings = Settings(home=tmp_path, threads=1)
    check(night.home, settings, NIGHT, BATCH)
    judge(night.home, settings, NIGHT, BATCH)
    again = rows_of_everything(night.home)
    for name in ("accepted/persons", "accepted/households", "rejected/persons", "conservation", "findings_check"):
        path = f"lake/{name}/night={NIGHT}/{BATCH}.parquet"
        assert again[path] == after[path], name
    assert night.rows("held", "households") == []
    assert night.rows("held", "persons") == []
    # The queries of the night were about the deleted row alone; no state is lowered by a deletion.
    assert set(night.states().values()) == {"accepted"}


def test_a_later_package_that_names_the_person_is_told_kindly_and_the_household_stays(tmp_path: Path) -> None:
    world = World(tmp_path)
    head = ["household_id", "person_no", "resident_number", "sex", "relation", "birth_date"]
    numbers = ["11010519491231002X", "440524188001010014"]
    rows = [head, ["H1", "1", numbers[0], "2", "01", "1949-12-31"], ["H1", "2", numbers[1], "1", "02", "1880-01-01"]]
    world.send({"persons.csv": csv_bytes(rows)}, rows={"persons.csv": 2})
    world.receive()
    home, settings = world.home, world.settings
    meet(home, settings, NIGHT)
    check(home, settings, NIGHT, BATCH)
    judge(home, settings, NIGHT, BATCH)
    key = person_key_of(settings, home, " 11010519491231002x\n", NIGHT)
    assert (key,) in world.lake("read", "persons", "person_key")
    # nobody was accepted yet: the households rows were not sent, so the numbers come from held rows
    line = register(home, settings, decide(home, settings, key, *DECISION, NIGHT))
    assert line.members == (Member("513431", "H1", 1),)
    erase(home, settings, NIGHT)

    nameless = [*rows, ["H1", "3", "", "1", "03", "1990-01-01"]]
    nameless[1] = ["H1", "1", "", "2", "01", "1949-12-31"]
    world.send({"persons.csv": csv_bytes(rows)}, rows={"persons.csv": 2}, package="p2")
    world.send({"persons.csv": csv_bytes(nameless)}, rows={"persons.csv": 3}, package="p3")
    world.receive(NEXT)
    read = world.lake("read", "persons", 'attempt_id, "row", unreadable, household_id, person_key is null', NEXT)
    gone = deletions.RULE
    assert sorted(read, key=str) == [
        ("513431-00002", 2, gone, None, True), ("513431-00002", 3, None, "H1", False),
        ("513431-00003", 2, gone, None, True), ("513431-00003", 3, None, "H1", False),
        ("513431-00003", 4, None, "H1", True),
    ]  # fmt: skip
    told = world.lake("findings_receive", None, 'rule, severity, "row", household_key, row_key', NEXT)
    assert [one for one in told if one[0] == gone] == [(gone, "reject", 2, None, None)] * 2
    meet(home, settings, NEXT)
    check(home, settings, NEXT, BATCH)
    judge(home, settings, NEXT, BATCH)
    rejected = world.lake("rejected", "persons", 'attempt_id, "row", rule', NEXT)
    assert rejected == [("513431-00002", 2, gone), ("513431-00003", 2, gone)]
    counts = world.lake("conservation", None, "received, accepted + held + rejected, rejected", NEXT)
    assert counts == [(2, 2, 1), (3, 3, 1)]
    with_key = [path for path, data in files_of(home).items() if key.encode() in data]
    assert with_key == ["deletions/register.jsonl"]


def test_another_person_under_the_same_number_is_not_taken_for_the_deleted_one(tmp_path: Path) -> None:
    night = judged(tmp_path)
    deleted(night.home)
    with duckdb.connect() as connection:
        settings = Settings(home=tmp_path, threads=1)
        cell_macros.install(connection)
        deletions.load(connection, night.home, settings)
        which = deletions.of_deleted(contract("persons"), "p")
        names = ("submitter", "household_id", "person_no", "person_key")
        connection.execute(f"create table p ({', '.join(f'{name} varchar' for name in names)})")
        values = [
            (COUNTY, "H3", "1", OTHER),
            (COUNTY, " H3", "\uff11", None),
            (COUNTY, "H9", "1", KEY),
            ("511111", "H3", "1", None),
        ]
        connection.executemany("insert into p values (?, ?, ?, ?)", values)
        assert [bool(hit) for (hit,) in connection.execute(f"select {which} from p").fetchall()] == [
            False, True, True, False,
        ]  # fmt: skip
        # A rotation carries every stored key on, and the registered one with them.
        append_secret(night.home)
        rotated = person_key(read_person_secrets(night.home, settings)[1:], KEY)
        connection.execute("update p set person_key = ? where household_id = 'H9'", [rotated])
        deletions.load(connection, night.home, settings)
        assert [bool(hit) for (hit,) in connection.execute(f"select {which} from p").fetchall()] == [
            False, True, True, False,
        ]  # fmt: skip
        # Under another secret keys cannot be compared: then the number in the household decides.
        (night.home.keys / "person_hmac.key").write_text("ee" * 32 + "\n")
        deletions.load(connection, night.home, settings)
        assert next(bool(hit) for (hit,) in connection.execute(f"select {which} from p").fetchall()) is True


def test_the_person_stays_deleted_when_the_county_gets_another_code(tmp_path: Path) -> None:
    home, settings = Home(tmp_path), Settings(home=tmp_path)
    ensure_keys(home, settings)
    line = replace(decide(home, settings, KEY, *DECISION, NIGHT), members=(Member("520522", "H3", 1),))
    deletions.register(home, line)
    with duckdb.connect() as connection:
        cell_macros.install(connection)
        assert deletions.load(connection, home, settings)
        which = deletions.of_deleted(contract("persons"), "p")
        connection.execute("create table p as select '520581' as submitter, 'H3' as household_id, '1' as person_no")
        connection.execute("alter table p add column person_key varchar")
        assert connection.execute(f"select {which} from p").fetchall() == [(True,)]


def test_letters_that_tell_of_the_person_go_and_others_stay(tmp_path: Path) -> None:
    night = judged(tmp_path)
    rows = night.rows("findings_check", None, "finding_id, dataset, row")
    (mine,) = [finding for finding, dataset, row in rows if (dataset, row) == ("persons", ROW)][:1]
    letters = {
        night.home.letters(COUNTY, NIGHT): "of the night\n",
        night.home.letters(COUNTY, NIGHT - timedelta(days=9)): f"explain,{mine}\n",
        night.home.letters(COUNTY, NIGHT - timedelta(days=8)): "another finding\n",
        night.home.letters("513432", NIGHT): "another county\n",
    }
    for folder, text in letters.items():
        folder.mkdir(parents=True)
        (folder / "findings.csv").write_text(text)
    deleted(night.home)
    assert [folder.exists() for folder in letters] == [False, False, True, True]


@pytest.mark.parametrize("kind", ["persons", "near"])
def test_what_was_met_of_the_person_in_other_counties_goes_and_of_others_stays(tmp_path: Path, kind: str) -> None:
    night = judged(tmp_path)
    met = night.home.lake_file("met", NIGHT, "all", kind)
    place = f"'{COUNTY}-00001' as attempt_id, 'persons.csv' as file"
    rows = f"""select {place}, r::bigint as "row", '513432-H1' as first_household, '513432-H1' as last_household
        from (values ({ROW}), ({ROW} - 1)) t(r)"""
    with duckdb.connect() as connection:
        write_parquet(connection, rows, met)
        deleted(night.home)
        assert connection.execute('select "row" from read_parquet(?)', [str(met)]).fetchall() == [(ROW - 1,)]


def test_the_marks_of_what_was_explained_of_the_person_go_and_others_stay(tmp_path: Path) -> None:
    """Also of a later night than the one on which the person's row came."""
    night = judged(tmp_path)
    found = dict(night.rows("findings_check", None, "rule, finding_id"))
    about, other = found["birth-date-in-future"], "of somebody else"
    path = night.home.lake_file("explained", NEXT, BATCH)
    with duckdb.connect() as connection:
        rows = ", ".join(f"(date '{NEXT}', '{one}', 'a', 'm', 'a', date '{NEXT}')" for one in (about, other))
        names = "night, finding_id, attempt_id, mark, explained_by, explained_night"
        write_parquet(connection, f"select * from (values {rows}) t({names})", path)
    deleted(night.home)
    with duckdb.connect() as connection:
        left = connection.execute("select finding_id from read_parquet(?)", [str(path)]).fetchall()
    assert left == [(other,)]


def test_what_retention_already_took_from_lake_read_is_not_missed(tmp_path: Path) -> None:
    night = judged(tmp_path)
    for kind in ("read", "rejected"):
        shutil.rmtree(night.home.lake / kind)
    deleted(night.home)
    assert KEY not in str(rows_of_everything(night.home))
    persons = night.rows("conservation", None, "dataset, received, accepted, held, rejected")
    assert [row for row in persons if row[0] == "persons"] == [("persons", 6, 5, 0, 1)]


def test_the_last_publication_alone_stays_and_the_decision_is_noted_as_done(tmp_path: Path) -> None:
    night = judged(tmp_path)
    home = night.home
    home.published.mkdir()
    made = [versions.Version(NIGHT, number, kind) for kind in versions.EVERY_KIND for number in (1, 2)]
    for version in made:
        path = home.published / version.file_name
        if version.kind == versions.OPEN_FOLDER:
            path.mkdir()
            path /= "zones.parquet"
        path.write_bytes(b"")
    for version in made[1::2]:
        versions.point(home, version)
    deleted(home)
    assert [one.done for one in registered(home)] == [False]
    finish(home, NIGHT)
    left = sorted(path.name for path in home.published.iterdir() if not path.is_symlink())
    assert left == sorted(version.file_name for version in made[1::2])
    assert [one.done for one in registered(home)] == [True]
    lines = [json.loads(line) for line in home.deletions.read_text().splitlines()]
    assert [line["done"] for line in lines] == [False, True], "the register is only ever added to"
    assert set(lines[0]) == {
        "person_key", "secret", "decision", "authority", "reason", "night", "members", "done",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "texts", "why"),
    [
        ("xyz", DECISION, "64 hexadecimal"),
        (KEY, ("", "office", "reason"), "--decision"),
        (KEY, ("D", " ", "reason"), "--authority"),
        (KEY, ("D", "office", ""), "--reason"),
        (KEY, ("D", "office", "of 110105 19491231 002X"), "resident number"),
    ],
)
def test_a_decision_that_says_too_little_or_too_much_is_refused(
    key: str, texts: tuple[str, str, str], why: str, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    ensure_keys(home, Settings(home=home.root))
    with pytest.raises(DeletionRefused, match=why):
        decide(home, Settings(home=tmp_path), key, *texts, NIGHT)
    assert not home.deletions.exists()


def test_a_night_that_is_not_the_newest_is_refused_and_a_wrong_number_tells_no_digit(tmp_path: Path) -> None:
    night = judged(tmp_path)
    settings = Settings(home=tmp_path, threads=1)
    with pytest.raises(DeletionRefused, match="2026-11-20"):
        register(
            night.home,
            settings,
            replace(decide(night.home, settings, KEY, *DECISION, NIGHT), night=str(date(2026, 11, 1))),
        )
    with pytest.raises(NumberUnreadable, match="check_digit") as refused:
        person_key_of(settings, night.home, "110105194912310021", NIGHT)
    assert "1101" not in str(refused.value)


POINTS = [
    f"{what}:{when}"
    for what in (
        "deletion-register", "deletion", "rejected", "conservation", "attempt_states", "findings_check", "accepted",
        "read",
    )
    for when in ("before", "after")
]  # fmt: skip


def _delete(root: Path, point: str | None) -> None:
    if point:
        os.environ[kill_points.SETTING] = point
    deleted(Home(root))


def _in_a_process(root: Path, point: str | None) -> int | None:
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([__name__])
    process = server.Process(target=_delete, args=(root, point))
    process.start()
    process.join()
    return process.exitcode


def test_a_death_at_any_point_ends_as_if_nobody_had_died(tmp_path: Path) -> None:
    whole = judged(tmp_path / "whole").home
    (whole.letters(COUNTY, NIGHT)).mkdir(parents=True)
    whole.warehouse.parent.mkdir()
    whole.warehouse.write_bytes(b"rows")
    for point in POINTS:
        shutil.copytree(whole.root, tmp_path / point)
    assert _in_a_process(whole.root, None) == 0
    for point in POINTS:
        dying = Home(tmp_path / point)
        assert _in_a_process(dying.root, point) == -signal.SIGKILL, f"never came to {point}"
        assert _in_a_process(dying.root, None) == 0, f"did not recover from {point}"
        assert files_of(dying) == files_of(whole), point


def test_a_deletion_waits_for_the_steps_of_a_night(tmp_path: Path) -> None:
    """A receive that read the register before the new line would bring the person back behind the deletion."""
    night = judged(tmp_path)
    settings = Settings(home=tmp_path, threads=1)
    register(night.home, settings, decide(night.home, settings, KEY, *DECISION, NIGHT))
    with in_use(night.home), pytest.raises(KeysInUse, match="a deletion works"):
        steps.finish_deletions(night.home, settings, NIGHT, print)
    assert not any(one.done for one in registered(night.home))
