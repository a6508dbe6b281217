"""Planted faults lie where the answer key says: each file is opened again and looked at."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from stdnum.cn import ric

from include.contract import load_yaml
from include.country.facts import county_codes
from include.country.make import make_country
from tests.unit.country_files import Sheet, amount, day, manifest, read_sheet, sheet_of

FIRST = date(2026, 11, 20)
NIGHTS = [FIRST + timedelta(days=k) for k in range(3)]
COUNTIES = 12
Row = dict[str, str]


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve counties, three nights, standard faults."""
    out = tmp_path_factory.mktemp("faulty") / "country"
    make_country(out, COUNTIES, 2_400, len(NIGHTS), 21, "standard", FIRST)
    return out


@pytest.fixture(scope="module")
def key(country: Path) -> list[Row]:
    with (country / "answer_key.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def folder(country: Path, line: Row) -> Path:
    return country / line["night"] / line["submitter"]


def sheet(country: Path, line: Row) -> Sheet:
    found = sheet_of(folder(country, line), line["dataset"])
    assert found, line
    return found


def of_kind(key: list[Row], kind: str, night: date = FIRST) -> list[Row]:
    found = [line for line in key if line["kind"] == kind and line["night"] == night.isoformat()]
    assert found, f"{kind} is not in the key"
    return found


def record(country: Path, line: Row) -> Row:
    told = sheet(country, line)
    return dict(zip(told.names, told.rows[int(line["row"]) - 1], strict=False))


def true_row(country: Path, line: Row, where: str) -> dict[str, object]:
    file = country / "truth" / line["night"] / f"{line['dataset']}.parquet"
    found = duckdb.sql(f"select * from read_parquet('{file}') where {where}").fetchall()
    names = [row[0] for row in duckdb.sql(f"describe select * from read_parquet('{file}')").fetchall()]
    assert len(found) == 1
    return dict(zip(names, found[0], strict=True))


def is_bad_date(text: str) -> bool:
    try:
        day(text)
    except (AssertionError, ValueError):
        return bool(text)
    return False


#: What the one cell of a kind must show.
CELLS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "bad_date_required": ("visited_on", is_bad_date),
    "bad_date": ("surveyed_on", is_bad_date),
    "number_in_words": ("wage_income", lambda text: text == "三千元"),
    "amount_in_words": ("allocated", lambda text: text == "伍拾万元"),
    "unknown_code_required": ("main_cause", lambda text: text == "77"),
    "unknown_code": ("road_type", lambda text: text == "9"),
    "missing_required": ("village_code", lambda text: not text),
    "unknown_place": ("village_code", lambda text: text == "999999999999"),
    "arable_beyond_bound": ("arable_land", lambda text: amount(text) > 100),
    "child_not_in_school": ("schooling", lambda text: text == "01"),
    "id_in_scientific_notation": ("household_id", lambda text: "E+15" in text),
    "delivered_in_future": ("delivered_on", lambda text: day(text) > NIGHTS[-1]),
    "resident_number_missing": ("resident_number", lambda text: not text),
    "education_and_schooling": ("education", lambda text: text == "3"),
    "relation_against_sex": ("relation", lambda text: text == "11"),
    "check_digit": ("resident_number", lambda text: len(text) == 18 and ric.calc_check_digit(text) != text[-1]),
    "birth_in_future": ("birth_date", lambda text: day(text) > NIGHTS[-1]),
    "number_in_wrong_column": ("work_place", lambda text: len(text) == 18),
    "nobody_ill": ("main_cause", lambda text: text == "01"),
}


@pytest.mark.parametrize("kind", sorted(CELLS))
def test_the_cell_shows_the_fault(country: Path, key: list[Row], kind: str) -> None:
    column, shows = CELLS[kind]
    for line in of_kind(key, kind):
        assert shows(sheet(country, line).cell(int(line["row"]), column))


def test_at_least_fourteen_kinds_each_in_a_household_of_its_own(country: Path, key: list[Row]) -> None:
    planted = [line for line in key if line["row"] and line["expect"] and line["night"] == FIRST.isoformat()]
    assert len({line["kind"] for line in planted}) >= 30
    owner: dict[str, str] = {}
    for line in planted:
        household = record(country, line).get("household_id", "")
        if household and line["kind"] != "id_in_scientific_notation":
            assert owner.setdefault(household, line["kind"]) == line["kind"]
    assert len(owner) >= 14
    assert len({line["submitter"] for line in planted}) == COUNTIES


def test_every_expected_rule_is_in_the_catalogue(key: list[Row]) -> None:
    folder_of_rules = Path(__file__).parents[2] / "include" / "rules" / "catalogue"
    rules = {
        rule["id"]: {rule["severity"], rule.get("severity_if_required")}
        for file in folder_of_rules.glob("*.yaml")
        for rule in load_yaml(file.read_text(encoding="utf-8"))
    }
    expected = {tuple(line["expect"].split(":")) for line in key if line["expect"]}
    assert len(expected) >= 30
    assert {(name, severity) for name, severity in expected if severity not in rules[name]} == set()


def test_declared_members_differ_from_the_rows(country: Path, key: list[Row]) -> None:
    for night in NIGHTS:
        (line,) = of_kind(key, "members_differ", night)
        household = record(country, line)
        persons = sheet_of(folder(country, line), "persons")
        assert persons
        rows = [
            p for p in persons.records() if p["household_id"] == household["household_id"] and p["operation"] != "close"
        ]
        assert len(rows) != int(household["members_declared"])
        truth = true_row(country, line, f"household_id = '{household['household_id']}'")
        assert truth["members_declared"] == len(rows), "the truth keeps the right number"


def test_income_parts_do_not_add_up_on_every_night(country: Path, key: list[Row]) -> None:
    households = set()
    for night in NIGHTS:
        (line,) = of_kind(key, "income_parts", night)
        row = record(country, line)
        parts = sum(amount(row[f"{p}_income"]) for p in ("wage", "business", "property", "transfer"))
        assert abs(parts - amount(row["production_costs"]) - amount(row["net_income"])) > 1000
        households.add(row["household_id"])
    assert len(households) == 1, "it is sent again unmended"


def test_other_faults_are_mended_on_the_next_night_that_the_county_is_heard(country: Path, key: list[Row]) -> None:
    (line,) = of_kind(key, "unknown_code_required")
    household = record(country, line)["household_id"]
    refused = {(k["night"], k["submitter"]) for k in key if not k["row"] and k["expect"].endswith(":reject")}
    heard = NIGHTS[2] if (NIGHTS[1].isoformat(), line["submitter"]) in refused else NIGHTS[1]
    later = sheet_of(country / heard.isoformat() / line["submitter"], "households")
    assert later
    (mended,) = [row for row in later.records() if row["household_id"] == household]
    truth = true_row(country, line, f"household_id = '{household}'")
    assert mended["main_cause"] == truth["main_cause"] != "77"


def test_a_county_of_changes_sends_its_held_households_whole_again(country: Path, key: list[Row]) -> None:
    code = county_codes(COUNTIES, FIRST)[1]
    (line,) = [found for found in of_kind(key, "two_heads") if found["submitter"] == code]
    household = record(country, line)["household_id"]
    again = country / NIGHTS[1].isoformat() / code
    assert manifest(again)["kind"] == "changes"
    for dataset in ("households", "persons", "assignments"):
        told, before = sheet_of(again, dataset), sheet_of(folder(country, line), dataset)
        assert told
        assert before
        names = {r["household_id"] for r in told.records()}
        assert household in names
        mine = [r for r in told.records() if r["household_id"] == household]
        assert len(mine) >= len([r for r in before.records() if r["household_id"] == household])


def test_heads_are_missing_or_two(country: Path, key: list[Row]) -> None:
    for kind, heads in (("no_head", 0), ("two_heads", 2)):
        (line,) = of_kind(key, kind)
        household = record(country, line)["household_id"]
        persons = sheet_of(folder(country, line), "persons")
        assert persons
        mine = [p for p in persons.records() if p["household_id"] == household]
        assert Counter(p["relation"] for p in mine)["01"] == heads


def test_duplicates_and_orphans(country: Path, key: list[Row]) -> None:
    first, second = of_kind(key, "duplicate_key")
    assert sheet(country, first).rows[int(first["row"]) - 1] == sheet(country, second).rows[int(second["row"]) - 1]
    for kind in ("orphan_person", "orphan_measure"):
        (line,) = of_kind(key, kind)
        households = sheet_of(folder(country, line), "households")
        assert households
        assert record(country, line)["household_id"] not in {r["household_id"] for r in households.records()}
    (line,) = of_kind(key, "orphan_person")
    number = record(country, line)["resident_number"]
    persons = sheet(country, line)
    assert [r["resident_number"] for r in persons.records()].count(number) == 1
    assert ric.calc_check_digit(number) == number[-1]


def test_one_person_in_two_households(country: Path, key: list[Row]) -> None:
    first, second = (record(country, line) for line in of_kind(key, "two_households"))
    assert first["resident_number"] == second["resident_number"]
    assert day(first["birth_date"]) == day(second["birth_date"])
    assert first["sex"] == second["sex"]
    assert first["household_id"] != second["household_id"]


def test_an_exit_without_decision_and_a_visit_by_nobody(country: Path, key: list[Row]) -> None:
    (line,) = of_kind(key, "exit_without_decision")
    household = record(country, line)
    decisions = sheet_of(folder(country, line), "decisions")
    assert decisions
    assert household["exit_flag"] == "1"
    mine = [d["act"] for d in decisions.records() if d["household_id"] == household["household_id"]]
    assert "exit" not in mine
    (line,) = of_kind(key, "visit_by_unknown_staff")
    staff = sheet_of(folder(country, line), "staff")
    assert staff
    assert record(country, line)["staff_id"] not in {s["staff_id"] for s in staff.records()}


def test_a_measure_delivered_before_it_was_offered(country: Path, key: list[Row]) -> None:
    (line,) = of_kind(key, "delivered_before_offered")
    row = record(country, line)
    assert day(row["delivered_on"]) < day(row["offered_on"])


def test_nobody_is_ill_in_the_household_put_down_as_ill(country: Path, key: list[Row]) -> None:
    (line,) = of_kind(key, "nobody_ill")
    household = record(country, line)["household_id"]
    persons = sheet_of(folder(country, line), "persons")
    assert persons
    assert {p["health"] for p in persons.records() if p["household_id"] == household} == {"1"}


def test_a_ragged_row_and_lines_below_the_table(country: Path, key: list[Row]) -> None:
    (line,) = of_kind(key, "ragged_row")
    told = sheet(country, line)
    assert len(told.rows[int(line["row"]) - 1]) == len(told.names) + 1
    for kind, word in (("total_row", "合计"), ("note_row", "备注")):
        (line,) = of_kind(key, kind)
        told = sheet(country, line)
        assert line["expect"] == ""
        assert int(line["row"]) == len(told.rows)
        assert told.rows[-1][0].startswith(word)
        declared = [f["rows"] for f in manifest(folder(country, line))["files"] if f["dataset"] == line["dataset"]]
        assert declared == [len(told.rows) - 2], "layout is no row"


def test_a_household_that_has_only_just_come_is_held(country: Path, key: list[Row]) -> None:
    (line,) = of_kind(key, "new_household_held", NIGHTS[1])
    row = record(country, line)
    assert row["village_code"] == ""
    before = sheet_of(country / FIRST.isoformat() / line["submitter"], "households")
    assert before
    assert row["household_id"] not in {r["household_id"] for r in before.records()}


def test_packages_are_broken_as_the_key_says(country: Path, key: list[Row]) -> None:
    night = NIGHTS[1]

    def one(kind: str) -> tuple[Path, Row]:
        (line,) = of_kind(key, kind, night)
        return folder(country, line), line

    def hashes(package: Path) -> dict[str, bool]:
        return {
            f["dataset"]: hashlib.sha256((package / f["path"]).read_bytes()).hexdigest() == f["sha256"]
            for f in manifest(package)["files"]
        }

    package, line = one("wrong_sha256")
    assert [name for name, right in hashes(package).items() if not right] == [line["dataset"]]
    package, line = one("missing_file")
    missing = [f["dataset"] for f in manifest(package)["files"] if not (package / f["path"]).exists()]
    assert missing == [line["dataset"]]
    package, _ = one("other_submitter")
    assert manifest(package)["submitter"] != package.name
    package, _ = one("unknown_contract_version")
    assert manifest(package)["contract_version"] == "0.1"
    package, _ = one("as_of_after_night")
    assert date.fromisoformat(manifest(package)["as_of"]) > night
    package, _ = one("without_manifest")
    assert not (package / "manifest.json").exists()
    assert any(package.iterdir())
    package, line = one("empty_file")
    (listed,) = [f for f in manifest(package)["files"] if f["dataset"] == line["dataset"]]
    assert (package / listed["path"]).read_bytes() == b""
    assert listed["rows"] > 0
    assert all(hashes(package).values())
    package, line = one("not_what_it_says")
    (listed,) = [f for f in manifest(package)["files"] if f["dataset"] == line["dataset"]]
    assert (package / listed["path"]).read_bytes().startswith(b"<html>")
    assert all(hashes(package).values())


def test_package_faults_leave_the_first_night_whole_and_need_twelve_counties(tmp_path: Path, country: Path) -> None:
    for code in county_codes(COUNTIES, FIRST):
        assert json.loads((country / FIRST.isoformat() / code / "manifest.json").read_text())["submitter"] == code
    make_country(tmp_path / "small", 11, 330, 2, 4, "standard", FIRST)
    with (tmp_path / "small" / "answer_key.csv").open(encoding="utf-8", newline="") as file:
        kinds = {line["kind"] for line in csv.DictReader(file)}
    assert "members_differ" in kinds
    assert not kinds & {"wrong_sha256", "missing_file", "without_manifest", "empty_file"}


def test_a_country_without_faults_names_only_columns_that_came_by_habit(tmp_path: Path) -> None:
    make_country(tmp_path / "clean", 3, 90, 1, 4, "none", FIRST)
    with (tmp_path / "clean" / "answer_key.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert {line["expect"] for line in lines} == {"column-forbidden:advice"}
    for line in lines:
        package = tmp_path / "clean" / line["night"] / line["submitter"]
        found = read_sheet(package / f"{line['dataset']}.csv", line["dataset"])
        assert set(found.names) & {"姓名", "民族", "户主姓名", "联系电话", "银行账号"}
