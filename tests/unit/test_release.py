"""A person releases what a breaker held: the rows come in on the next night, once; refused or unanswered they stay."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from include import kill_points
from include.cli import app
from include.clocks import known_at
from include.home import Home
from include.intake import decided, deletions, withdrawn
from include.intake.check import check
from include.intake.decided import DecisionRefused
from include.intake.judge import judge
from include.intake.meet import meet
from include.intake.release import decide, waiting
from include.intake.withdrawn import Withdrawal
from include.keys import ensure_keys
from include.settings import Settings
from include.upkeep.deletion import erase, register
from include.watch.board_facts import BREAKERS_WAITING
from tests.unit.lake_rows import BATCH, COUNTY, NIGHT, Attempt, Night, clean, lay, run
from tests.unit.test_breaker import CLOSING, closed, county_of

NEXT, THIRD, FOURTH = (NIGHT + timedelta(days=days) for days in (1, 2, 3))
TRIPPED = f"{COUNTY}-00002"
WHEN = known_at(NEXT) + timedelta(hours=11)
KEY = "ab" * 32
BREAKERS = ["breaker-vanished-households", "breaker-vanished-persons"]


def settings_of(root: Path) -> Settings:
    return Settings(home=root, batches=1, threads=1)


def tripped(root: Path, kind: str = "changes") -> Night:
    """A county of 100 households that closes 60 of them and lets one exit, all held."""
    run(root, [Attempt(county_of(100))])
    rows = closed(60)
    rows["households"].append(county_of(1, start=70)["households"][0] | {"exit_flag": "1", "exited_on": "2026-11-01"})
    return run(root, [Attempt(rows, number=2, kind=kind, as_of=NEXT)], NEXT)


def say(
    root: Path, answer: str = "release", attempt: str = TRIPPED, by: str = "Li", reason: str = "two towns left"
) -> date:
    return decide(Home(root), settings_of(root), COUNTY, attempt, answer, by, reason, WHEN)  # type: ignore[arg-type]


def all_accepted(home: Home, columns: str, where: str = "true") -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(
            f"select {columns} from read_parquet(?, hive_partitioning = false, union_by_name = true) where {where}"
            " order by all",
            [home.lake_glob("accepted", "households")],
        ).fetchall()


def test_a_tripped_attempt_waits_for_a_person(tmp_path: Path) -> None:
    night = tripped(tmp_path)
    assert len(night.rows("held", "households")) == 61
    assert still_waiting(tmp_path) == [TRIPPED]
    (one,) = waiting(Home(tmp_path), settings_of(tmp_path), NEXT)
    assert (one.county_id, one.attempt_id, one.night, one.rows) == (COUNTY, TRIPPED, NEXT, 121)
    assert one.measured == tuple(f"{rule}: 60, threshold 50" for rule in BREAKERS)
    assert waiting(Home(tmp_path), settings_of(tmp_path), NIGHT) == []


def still_waiting(root: Path) -> list[str]:
    """Attempts that wait for a person; the board sends to one just what a person can decide."""
    found = [one.attempt_id for one in waiting(Home(root), settings_of(root))]
    assert board_waits(Home(root)) == set(found)
    return found


def board_waits(home: Home) -> set[str]:
    """What the board says of the lake's ledger, published as the warehouse would publish it."""
    read = "read_parquet('{}', union_by_name = true, hive_partitioning = false)"
    tables = {name: read.format(home.lake_glob(name)) for name in ("attempts", "attempt_states", "verdicts")}
    gone, decided_on = (
        f"select attempt_id, night from {read.format(home.lake_glob(kind))}"
        if any(home.lake.glob(f"{kind}/night=*/*.parquet"))
        else "select null::varchar as attempt_id, null::date as night where false"
        for kind in (withdrawn.KIND, "release_decisions")
    )
    with duckdb.connect() as connection:
        connection.execute(
            f"""create schema quality;
            create table quality.verdicts as from {tables["verdicts"]};
            create table quality.releases as {decided_on};
            create table quality.attempts as
            select a.attempt_id, a.submitter, a.county_id, a.number, a.night, a.kind, a.nothing_due, a.as_of,
                s.accepted, if(w.attempt_id is null, s.state, 'withdrawn') as state, w.night as withdrawn_night
            from {tables["attempts"]} a join {tables["attempt_states"]} s using (attempt_id)
            left join ({gone}) w using (attempt_id)"""
        )
        found = connection.execute(f"select distinct attempt_id from ({BREAKERS_WAITING})", {"night": FOURTH})
        return {attempt for (attempt,) in found.fetchall()}


def test_released_rows_come_in_on_the_next_night_as_known_from_it(tmp_path: Path) -> None:
    held = tripped(tmp_path).rows("held", "households", 'household_id, operation, exit_flag, file, "row", as_of')
    assert say(tmp_path) == THIRD
    assert still_waiting(tmp_path) == []
    night = run(tmp_path, [], THIRD)
    assert night.rows("accepted", "households", 'household_id, operation, exit_flag, file, "row", as_of') == held
    clocks = set(night.rows("accepted", "persons", "attempt_id, number, night, known_at"))
    assert clocks == {(TRIPPED, 2, THIRD, known_at(THIRD))}
    assert night.rows("released", None, "night, county_id, attempt_id, dataset, rows") == [
        (THIRD, COUNTY, TRIPPED, "households", 61),
        (THIRD, COUNTY, TRIPPED, "persons", 60),
    ]
    assert night.rows("conservation") == [], "they were received, and counted, on their own night"


def test_it_counts_once_and_again_when_its_night_is_judged_again(tmp_path: Path) -> None:
    tripped(tmp_path)
    say(tmp_path)
    first = run(tmp_path, [], THIRD).rows("accepted", "households")
    assert run(tmp_path, [], THIRD).rows("accepted", "households") == first
    assert len(first) == 61
    assert run(tmp_path, [], FOURTH).rows("accepted", "households") == []


def test_a_decision_that_its_night_missed_is_taken_up_by_the_next(tmp_path: Path) -> None:
    tripped(tmp_path)
    run(tmp_path, [], THIRD)
    home = Home(tmp_path)
    assert say(tmp_path) == FOURTH
    home.lake_file("release_decisions", THIRD, TRIPPED).parent.mkdir(parents=True)
    home.lake_file("release_decisions", FOURTH, TRIPPED).rename(home.lake_file("release_decisions", THIRD, TRIPPED))
    assert len(run(tmp_path, [], FOURTH).rows("accepted", "households")) == 61


def test_the_released_are_gone_before_the_county_is_measured_again(tmp_path: Path) -> None:
    tripped(tmp_path)
    say(tmp_path)
    again = Attempt(closed(40, start=60), number=3, kind="changes", as_of=THIRD)
    night = run(tmp_path, [again], THIRD)
    assert ("breaker-vanished-households", "pass", 40.0) in night.rows("verdicts", None, "rule, verdict, measured")
    assert len(night.rows("accepted", "households")) == 101


@pytest.mark.parametrize("answer", ["refuse", None])
def test_refused_or_not_decided_it_stays_held(tmp_path: Path, answer: str | None) -> None:
    tripped(tmp_path)
    if answer:
        say(tmp_path, answer, reason="call them first")
    night = run(tmp_path, [], THIRD)
    assert night.rows("accepted", "households") == []
    assert not night.home.lake_file("released", THIRD, BATCH).exists()
    assert all_accepted(night.home, "household_id", "operation = 'close'") == []


def test_rows_that_are_held_for_another_reason_stay_held(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(county_of(100))])
    rows = closed(60)
    rows["households"].append(
        county_of(1, start=70)["households"][0] | {"exit_flag": "1", "exited_on": "2026-11-01", "net_income": "1"}
    )
    held = run(tmp_path, [Attempt(rows, number=2, kind="changes", as_of=NEXT)], NEXT)
    assert ["breaker-vanished-households", "breaker-vanished-persons", "income-parts-do-not-add-up"] in held.keys(
        "held", "households", "held_by"
    )
    say(tmp_path)
    assert "K0070" not in run(tmp_path, [], THIRD).keys("accepted", "households", "household_id")


def test_a_household_told_of_since_is_not_removed(tmp_path: Path) -> None:
    tripped(tmp_path)
    visit = clean()["visits"][0] | {"household_id": "K0001"}
    back = {"households": [county_of(1)["households"][0]], "visits": [visit]}
    run(tmp_path, [Attempt(back, number=3, kind="changes", as_of=NEXT)], THIRD)
    say(tmp_path)
    night = run(tmp_path, [], FOURTH)
    taken = night.keys("accepted", "households", "household_id")
    assert "K0000" not in taken and "K0001" in taken, "a visit tells nothing of whether a household is there"
    assert len(taken) == 60
    members = night.keys("accepted", "persons", "household_id")
    assert "K0000" not in members, "its row alone came again: it is not left in force without anybody in it"
    assert len(members) == 59


def test_a_later_full_package_takes_the_place_of_the_held_one(tmp_path: Path) -> None:
    tripped(tmp_path)
    run(tmp_path, [Attempt(county_of(100), number=3, as_of=THIRD)], THIRD)
    assert still_waiting(tmp_path) == []
    with pytest.raises(DecisionRefused, match="was replaced by a later full package"):
        say(tmp_path)


def withdraw(root: Path, number: int, by: int, night: date) -> None:
    """What receive leaves when package no. `by` takes no. `number` back on a night."""
    said = [Withdrawal(COUNTY, f"{COUNTY}-{number:05d}", f"{COUNTY}-{by:05d}")]
    with duckdb.connect() as connection:
        withdrawn.write(connection, Home(root), night, BATCH, said)


def replaced_by(what: str, root: Path) -> None:
    """A full package no. 3 on the night THIRD that takes nothing's place in the end."""
    if what == "rejected":
        run(root, [Attempt({}, number=3, as_of=THIRD)], THIRD)
    elif what == "held":
        broken = {name: rows for name, rows in county_of(50, start=40).items() if name in {"households", "persons"}}
        for row in broken["households"]:
            row["net_income"] = "1"
        run(root, [Attempt(broken, number=3, as_of=THIRD)], THIRD)
    else:
        run(root, [Attempt(county_of(100), number=3, as_of=THIRD)], THIRD)
        withdraw(root, 3, by=4, night=FOURTH)
        run(root, [Attempt(number=4, kind="changes", as_of=FOURTH, nothing_due=True)], FOURTH)


@pytest.mark.parametrize("what", ["rejected", "held", "withdrawn"])
def test_a_full_package_that_was_not_taken_takes_no_place(tmp_path: Path, what: str) -> None:
    """Else nobody could decide: not on the held one, because it was replaced, nor on the later one, which waits not."""
    tripped(tmp_path)
    replaced_by(what, tmp_path)
    states = Night(Home(tmp_path), THIRD).rows("attempt_states", None, "attempt_id, state")
    assert states == [(f"{COUNTY}-00003", "accepted" if what == "withdrawn" else what)]
    assert still_waiting(tmp_path) == [TRIPPED]
    night = say(tmp_path)
    assert still_waiting(tmp_path) == []
    taken = run(tmp_path, [], night).keys("accepted", "households", "household_id")
    assert len(taken) == {"rejected": 61, "held": 40, "withdrawn": 61}[what]


def test_one_that_a_taken_package_of_its_night_took_the_place_of_stays_replaced(tmp_path: Path) -> None:
    """No. 3 was taken and taken the place of by no. 4, both on one night: either is enough for no. 2."""
    tripped(tmp_path)
    run(tmp_path, [Attempt(county_of(100), number=number, as_of=THIRD) for number in (3, 4)], THIRD)
    assert still_waiting(tmp_path) == []
    withdraw(tmp_path, 4, by=5, night=FOURTH)
    assert still_waiting(tmp_path) == []


def test_a_held_package_that_its_office_took_back_asks_nobody(tmp_path: Path) -> None:
    tripped(tmp_path)
    withdraw(tmp_path, 2, by=3, night=THIRD)
    run(tmp_path, [Attempt(number=3, kind="changes", as_of=THIRD, nothing_due=True)], THIRD)
    assert still_waiting(tmp_path) == []
    with pytest.raises(DecisionRefused, match="was withdrawn by its office"):
        say(tmp_path)


def test_what_its_office_takes_back_on_the_very_night_is_not_taken_up(tmp_path: Path) -> None:
    tripped(tmp_path)
    assert say(tmp_path) == THIRD
    withdraw(tmp_path, 2, by=3, night=THIRD)
    night = run(tmp_path, [Attempt(number=3, kind="changes", as_of=THIRD, nothing_due=True)], THIRD)
    assert all_accepted(night.home, "household_id", "operation = 'close'") == []


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"reason": " \n "}, "the reason is empty"),
        ({"by": ""}, "the name of the person is empty"),
        ({"reason": "11010519491231002X moved"}, "the reason holds a resident number"),
        ({"reason": "long " * 200}, "the reason has 999 letters"),
        ({"attempt": f"{COUNTY}-00001"}, "is no attempt that a breaker holds"),
        ({"attempt": "../../x"}, "is no attempt that a breaker holds"),
    ],
)
def test_a_decision_without_person_reason_or_held_attempt_is_refused(
    tmp_path: Path, given: dict[str, str], why: str
) -> None:
    tripped(tmp_path)
    with pytest.raises(DecisionRefused, match=why):
        say(tmp_path, **given)
    assert decided.files(Home(tmp_path), "release_decisions") == []


def test_an_attempt_is_of_its_county(tmp_path: Path) -> None:
    tripped(tmp_path)
    with pytest.raises(DecisionRefused, match="is of county 513431 and not of 530724"):
        decide(Home(tmp_path), settings_of(tmp_path), "530724", TRIPPED, "release", "Li", "why", WHEN)


def test_the_first_decision_stays(tmp_path: Path) -> None:
    tripped(tmp_path)
    assert say(tmp_path, "refuse", reason="call them first") == THIRD
    assert say(tmp_path, "refuse", by="Wang") == THIRD, "the same answer again changes nothing"
    with pytest.raises(DecisionRefused, match=r"decided before \(refuse, by Li\)"):
        say(tmp_path, "release")
    path = Home(tmp_path).lake_file("release_decisions", THIRD, TRIPPED)
    with duckdb.connect() as connection:
        kept = connection.execute("select * from read_parquet(?)", [str(path)]).fetchall()
    assert kept == [(COUNTY, TRIPPED, "refuse", THIRD, "Li", WHEN, "call them first")]


def test_an_empty_lake_has_nothing_to_decide(tmp_path: Path) -> None:
    assert waiting(Home(tmp_path), settings_of(tmp_path)) == []
    with pytest.raises(DecisionRefused, match="is no attempt that a breaker holds"):
        say(tmp_path)


def missing_sixty(number: int, as_of: date) -> Attempt:
    """A full package that leaves 60 of the county's 100 households out and closes one more."""
    rows = county_of(40)
    rows["households"][0] |= CLOSING
    rows["persons"][0] |= CLOSING
    return Attempt(rows, number=number, as_of=as_of)


def verdicts(night: Night) -> dict[str, tuple[str, float]]:
    return {
        rule: (verdict, measured) for rule, verdict, measured in night.rows("verdicts", None, "rule, verdict, measured")
    }


def test_absences_that_a_person_has_released_trip_nothing_again(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(county_of(100))])
    assert verdicts(run(tmp_path, [missing_sixty(2, NEXT)], NEXT))[BREAKERS[0]] == ("hold", 61.0)
    say(tmp_path)
    night = run(tmp_path, [missing_sixty(3, THIRD)], THIRD)
    assert verdicts(night)[BREAKERS[0]] == verdicts(night)[BREAKERS[1]] == ("pass", 0.0)
    assert sum(rule == "household-vanished" for (rule,) in night.rows("findings_check", None, "rule")) == 60
    assert all_accepted(night.home, "distinct household_id", "operation = 'close'") == [("K0000",)]
    fewer = county_of(60, start=1)
    assert verdicts(run(tmp_path, [Attempt(fewer, number=4, as_of=FOURTH)], FOURTH))[BREAKERS[0]] == ("pass", 0.0)
    later = FOURTH + timedelta(days=1)
    again = run(tmp_path, [Attempt(county_of(9, start=1), number=5, as_of=later)], later)
    assert verdicts(again)[BREAKERS[0]] == ("hold", 51.0), "who came back and is missing again counts anew"


def test_absences_count_again_when_the_released_package_is_no_longer_kept(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(county_of(100))])
    run(tmp_path, [missing_sixty(2, NEXT)], NEXT)
    say(tmp_path)
    for dataset in ("households", "persons"):
        Home(tmp_path).lake_file("read", NEXT, BATCH, dataset).unlink()
    night = run(tmp_path, [missing_sixty(3, THIRD)], THIRD)
    assert verdicts(night)[BREAKERS[0]] == ("hold", 60.0), "the one it closed is released all the same"


def test_a_deleted_person_leaves_what_was_released_and_its_count(tmp_path: Path) -> None:
    home, settings = Home(tmp_path), settings_of(tmp_path)
    ensure_keys(home, settings)
    rows = county_of(100)
    rows["persons"][0]["person_key"] = KEY
    run(tmp_path, [Attempt(rows)])
    gone = closed(60)
    gone["persons"][0]["person_key"] = KEY
    run(tmp_path, [Attempt(gone, number=2, kind="changes", as_of=NEXT)], NEXT)
    say(tmp_path)
    night = run(tmp_path, [], THIRD)
    assert KEY in night.keys("accepted", "persons", "person_key")
    register(home, settings, deletions.decide(home, settings, KEY, "D-7", "office", "asked for", THIRD))
    erase(home, settings, THIRD)
    assert KEY not in night.keys("accepted", "persons", "person_key")
    counted = [("households", 60), ("persons", 59)]
    assert night.rows("released", None, "dataset, rows") == counted
    assert len(night.rows("accepted", "persons")) == 59
    assert run(tmp_path, [], THIRD).rows("released", None, "dataset, rows") == counted


def _judge(root: Path, point: str) -> None:
    os.environ[kill_points.SETTING] = point
    judge(Home(root), settings_of(root), THIRD, BATCH)


def _decide(root: Path, point: str) -> None:
    os.environ[kill_points.SETTING] = point
    say(root)


def died(step: Callable[[Path, str], None], root: Path, point: str) -> bool:
    process = multiprocessing.get_context("forkserver").Process(target=step, args=(root, point))
    process.start()
    process.join()
    return process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_while_deciding_or_taking_up_loses_and_doubles_nothing(tmp_path: Path, when: str) -> None:
    tripped(tmp_path)
    assert died(_decide, tmp_path, f"release_decisions:{when}")
    assert say(tmp_path) == THIRD
    assert len(decided.files(Home(tmp_path), "release_decisions")) == 1
    lay(Home(tmp_path), [], THIRD)
    meet(Home(tmp_path), settings_of(tmp_path), THIRD)
    check(Home(tmp_path), settings_of(tmp_path), THIRD, BATCH)
    for point in (f"accepted:{when}", f"released:{when}"):
        assert died(_judge, tmp_path, point), point
    night = run(tmp_path, [], THIRD)
    assert len(night.rows("accepted", "households")) == 61
    assert run(tmp_path, [], FOURTH).rows("accepted", "households") == []


def test_the_command_line_records_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tripped(tmp_path)
    monkeypatch.setenv("TARGETED_HOME", str(tmp_path))
    asked = ["release", "--county", COUNTY, "--attempt", TRIPPED, "--by", "Li"]
    empty = CliRunner().invoke(app, [*asked, "--reason", " "])
    assert (empty.exit_code, "the reason is empty" in empty.stderr) == (1, True)
    done = CliRunner().invoke(app, [*asked, "--reason", "two towns left"])
    assert done.stdout == f"{TRIPPED} of {COUNTY} is released: its rows come in with the night {THIRD}\n"
    assert len(run(tmp_path, [], THIRD).rows("accepted", "households")) == 61
