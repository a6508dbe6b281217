"""From night to night: stocks and flows balance, nobody goes without a close, changes hold changes alone."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from include.country.facts import county_codes
from include.country.make import make_country
from tests.unit.country_files import Sheet, manifest, sheet_of

FIRST = date(2026, 11, 20)
NIGHTS = [FIRST + timedelta(days=k) for k in range(4)]
COUNTIES = 7
CHANGES, QUIET, QUIET_NIGHT = (1, 5), 3, 2


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven counties, four nights, no faults."""
    out = tmp_path_factory.mktemp("moving") / "country"
    make_country(out, COUNTIES, 3_500, len(NIGHTS), 9, "none", FIRST)
    return out


def codes() -> list[str]:
    return list(county_codes(COUNTIES, FIRST))


def sheet(country: Path, k: int, code: str, dataset: str) -> Sheet | None:
    return sheet_of(country / NIGHTS[k].isoformat() / code, dataset)


def truth(country: Path, k: int, dataset: str, columns: str, where: str = "true") -> set[tuple[str, ...]]:
    file = country / "truth" / NIGHTS[k].isoformat() / f"{dataset}.parquet"
    return set(duckdb.sql(f"select {columns} from read_parquet('{file}') where {where}").fetchall())


def closed(country: Path, k: int, dataset: str, *columns: str) -> dict[tuple[str, ...], dict[str, str]]:
    found = {}
    for code in codes():
        told = sheet(country, k, code, dataset)
        for row in told.records() if told else []:
            if row["operation"] == "close":
                found[tuple(row[c] for c in columns)] = row
    return found


def test_persons_balance_and_nobody_leaves_without_a_close(country: Path) -> None:
    key = "household_id, person_no::varchar"
    for k in range(1, len(NIGHTS)):
        before, after = truth(country, k - 1, "persons", key), truth(country, k, "persons", key)
        told = closed(country, k, "persons", "household_id", "person_no")
        assert set(told) == before - after
        for row in told.values():
            assert row["close_reason"] in {"death", "moved_out"}
            assert row["closed_on"]
            assert row["closed_by"].startswith(row["household_id"][:6] + "U")
            assert row["change_kind"].startswith("2")
        arrived = after - before
        new_households = truth(country, k, "households", "household_id") - truth(
            country, k - 1, "households", "household_id"
        )
        came = {
            (household, number): change
            for household, number, change in truth(country, k, "persons", f"{key}, coalesce(change_kind, '')")
            if (household, number) in arrived and (household,) not in new_households
        }
        assert came
        assert set(came.values()) <= {"11", "12", "13"}
    everything = [
        row
        for k in range(1, len(NIGHTS))
        for row in closed(country, k, "persons", "household_id", "person_no").values()
    ]
    assert {row["change_kind"] for row in everything} >= {"21", "22"}, "deaths and marriages happen"


def test_households_balance_and_each_removal_rests_on_a_decision(country: Path) -> None:
    gone = 0
    for k in range(1, len(NIGHTS)):
        before, after = (truth(country, n, "households", "household_id") for n in (k - 1, k))
        told = closed(country, k, "households", "household_id")
        assert set(told) == before - after
        removed = truth(country, k, "decisions", "household_id", f"act = 'remove' and decided_on = date '{NIGHTS[k]}'")
        assert set(told) == removed
        assert len(after) == len(before) + len(after - before) - len(told)
        gone += len(told)
    assert gone > 0


def test_standings_move_by_decision_alone_and_stocks_balance(country: Path) -> None:
    """Registered = last + registered tonight + returned - exited - removed."""
    moved = {"register": 0, "exit": 0, "return": 0}
    stock = "registered_on is not null and exit_flag in ('0', '2', '3')"
    for k in range(1, len(NIGHTS)):
        before, after = (truth(country, n, "households", "household_id", stock) for n in (k - 1, k))
        tonight = {
            act: truth(country, k, "decisions", "household_id", f"act = '{act}' and decided_on = date '{NIGHTS[k]}'")
            for act in ("register", "exit", "return", "remove")
        }
        assert after == (before | tonight["register"] | tonight["return"]) - tonight["exit"] - tonight["remove"]
        assert len(after) == len(before) + sum(len(tonight[a]) for a in ("register", "return")) - len(
            tonight["exit"]
        ) - len(before & tonight["remove"])
        exits = f"exit_flag = '1' and exited_on = date '{NIGHTS[k]}'"
        assert truth(country, k, "households", "household_id", exits) == tonight["exit"]
        for act in moved:
            moved[act] += len(tonight[act])
    assert all(moved.values()), moved


def test_shocks_visits_deliveries_and_changes_of_helper_happen(country: Path) -> None:
    shocked = truth(
        country,
        3,
        "households",
        "household_id",
        f"monitoring_class = '3' and monitoring_identified_on > date '{FIRST}'",
    )
    assert len(shocked) > 3
    for k in range(1, len(NIGHTS)):
        assert truth(country, k, "visits", "visit_id", f"visited_on = date '{NIGHTS[k]}'")
        assert truth(country, k, "measures", "measure_id", f"delivered_on = date '{NIGHTS[k]}'")
    assert truth(country, 3, "assignments", "household_id, staff_id", f"to_date >= date '{FIRST}'")


def test_a_new_household_comes_with_application_decision_helper_and_offer(country: Path) -> None:
    new = {
        household
        for (household,) in truth(country, 3, "households", "household_id", f"registered_on > date '{FIRST}'")
        - truth(country, 0, "households", "household_id")
    }
    assert new
    for dataset, where in (
        ("applications", "status = 'granted' and decision_id is not null"),
        ("decisions", "act = 'register'"),
        ("assignments", "to_date is null"),
        ("measures", "offered_on is not null"),
    ):
        assert new <= {household for (household,) in truth(country, 3, dataset, "household_id", where)}, dataset


def test_a_county_of_changes_sends_only_what_differs(country: Path) -> None:
    for position in CHANGES:
        code = codes()[position]
        for k in range(1, len(NIGHTS)):
            told = manifest(country / NIGHTS[k].isoformat() / code)
            assert told["kind"] == "changes"
            for dataset, key in (("households", "household_id"), ("measures", "measure_id"), ("visits", "visit_id")):
                mine = f"county_code = '{code}'"
                before = rows_by_key(country, k - 1, dataset, key, mine)
                after = rows_by_key(country, k, dataset, key, mine)
                expected = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
                sent = sheet(country, k, code, dataset)
                names = {row[key] for row in sent.records()} if sent else set()
                assert expected <= names, (code, k, dataset)
                surveyed_again = names - expected
                assert len(surveyed_again) <= len(names) * 0.1, "rows that did not change stay at home"
                assert len(names) < len(after) / 2


def rows_by_key(country: Path, k: int, dataset: str, key: str, where: str) -> dict[str, str]:
    file = country / "truth" / NIGHTS[k].isoformat() / f"{dataset}.parquet"
    own = "" if dataset != "households" else " exclude (in_need, helper_staff_id)"
    table = f"(select *{own} from read_parquet('{file}') where {where})"
    rows = duckdb.sql(f"select {key}, t::varchar from {table} t")
    return dict(rows.fetchall())


def test_a_night_without_change_is_told_by_a_manifest_alone(country: Path) -> None:
    code = codes()[QUIET]
    folder = country / NIGHTS[QUIET_NIGHT].isoformat() / code
    assert manifest(folder)["nothing_due"] is True
    assert [p.name for p in folder.iterdir()] == ["manifest.json"]
    mine = f"county_code = '{code}'"
    for dataset in ("households", "persons", "visits"):
        columns = "t::varchar"
        night, before = (
            duckdb.sql(
                f"select {columns} from read_parquet('{country}/truth/{NIGHTS[n]}/{dataset}.parquet') t where {mine}"
            ).fetchall()
            for n in (QUIET_NIGHT, QUIET_NIGHT - 1)
        )
        assert night == before
    assert manifest(country / NIGHTS[QUIET_NIGHT + 1].isoformat() / code)["nothing_due"] is False


def test_a_full_package_holds_the_whole_truth_and_tonights_closes(country: Path) -> None:
    for position in (0, 2, 4, 6):
        code = codes()[position]
        for k in range(len(NIGHTS)):
            sent = sheet(country, k, code, "persons")
            assert sent
            standing = {(r["household_id"], r["person_no"]) for r in sent.records() if r["operation"] != "close"}
            assert standing == truth(
                country, k, "persons", "household_id, person_no::varchar", f"county_code = '{code}'"
            )


def test_a_resident_number_is_given_once_over_all_nights(country: Path) -> None:
    owner: dict[str, tuple[str, str]] = {}
    for k in range(len(NIGHTS)):
        for code in codes():
            sent = sheet(country, k, code, "persons")
            for row in sent.records() if sent else []:
                person = (row["household_id"], row["person_no"])
                assert owner.setdefault(row["resident_number"], person) == person
    assert len(owner) > 10_000


def test_a_widowed_spouse_becomes_head(country: Path) -> None:
    key = "household_id, person_no::varchar"
    heads = [set(truth(country, k, "persons", key, "relation = '01'")) for k in range(len(NIGHTS))]
    successors = {person for k in range(1, len(NIGHTS)) for person in heads[k] - heads[k - 1]}
    spouses = truth(country, 0, "persons", key, "relation = '02'")
    assert successors & spouses


def test_leaders_change_and_no_village_is_left_without_one(country: Path) -> None:
    ended = truth(country, 3, "staff", "staff_id", f"role = 'leader' and to_date >= date '{FIRST}'")
    assert ended
    villages = truth(country, 3, "villages", "village_code")
    led = truth(country, 3, "staff", "place_code", "role = 'leader' and level = 'village' and to_date is null")
    assert villages == led


def test_income_per_head_is_over_those_who_shared_the_income_year(country: Path) -> None:
    """Members at 30 September: whoever came later is left out, whoever left later counts."""
    last = len(NIGHTS) - 1
    end = date(2026, 9, 30)
    left = {
        (household, number)
        for k in range(1, len(NIGHTS))
        for household, number in closed(country, k, "persons", "household_id", "person_no")
    }
    shared: Counter[str] = Counter(household for household, _ in left)
    columns = "household_id, birth_date, coalesce(change_kind, ''), changed_on, person_no"
    for household, birth, change, changed_on, _ in truth(country, last, "persons", columns):
        came_later = birth > end or (change.startswith("1") and changed_on > end)
        shared[household] += not came_later
    moved = 0
    columns = "household_id, net_income, net_income_per_head, members_declared"
    for household, net, per_head, members in truth(country, last, "households", columns):
        assert float(per_head) == pytest.approx(float(net) / shared[household], abs=0.006)
        moved += shared[household] != members
    assert moved > 10
