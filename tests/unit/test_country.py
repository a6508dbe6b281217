"""The synthetic country: same seed same bytes, plausible people, and a clean state that no sensible rule can fault."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from stdnum.cn import ric
from typer.testing import CliRunner

from include.country.cli import app
from include.country.facts import STAND_INS, county, county_codes, places
from include.country.make import make_country
from include.country.offices import LEVEL
from include.country.provinces import Province, staff_of
from include.country.tables import ymd
from tests.unit.country_files import amount, day, decode, manifest, read_sheet, sheet_of

FIRST = date(2026, 11, 20)
NIGHTS = [FIRST + timedelta(days=k) for k in range(3)]
COUNTIES, HOUSEHOLDS = 7, 4_000


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven counties, three nights, no faults."""
    out = tmp_path_factory.mktemp("country") / "clean"
    make_country(out, COUNTIES, HOUSEHOLDS, len(NIGHTS), 3, "none", FIRST)
    return out


@pytest.fixture(scope="module")
def truth(country: Path) -> duckdb.DuckDBPyConnection:
    """Views <dataset>_<night number> over the truth."""
    connection = duckdb.connect()
    for k, night in enumerate(NIGHTS):
        for file in sorted((country / "truth" / night.isoformat()).glob("*.parquet")):
            connection.execute(f"create view {file.stem}_{k} as select * from read_parquet('{file}')")
    return connection


def value(connection: duckdb.DuckDBPyConnection, query: str) -> float:
    found = connection.execute(query).fetchone()
    assert found is not None
    return float(found[0])


def county_folders(country: Path, night: date) -> list[Path]:
    return [country / night.isoformat() / code for code in county_codes(COUNTIES, FIRST)]


def tree_hash(root: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        total.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return total.hexdigest()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("two", 5), ("other", 6)):
        make_country(tmp_path / name, 4, 240, 2, seed, "standard", FIRST)
    assert list((tmp_path / "one").rglob("*.xlsx")), "the fourth county sends workbooks; they must be stable too"
    assert tree_hash(tmp_path / "one") == tree_hash(tmp_path / "two")
    assert tree_hash(tmp_path / "one") != tree_hash(tmp_path / "other")


def test_a_county_is_the_same_whichever_counties_are_made_with_it(tmp_path: Path) -> None:
    """What a county draws hangs on seed and code alone; only its number of households is shared out."""
    make_country(tmp_path / "a", 1, 50, 1, 5, "none", FIRST)
    make_country(tmp_path / "b", 1, 50, 1, 5, "none", FIRST)
    code = county_codes(1, FIRST)[0]
    assert tree_hash(tmp_path / "a" / FIRST.isoformat() / code) == tree_hash(tmp_path / "b" / FIRST.isoformat() / code)


def test_as_many_households_as_asked_for_in_real_counties(country: Path, truth: duckdb.DuckDBPyConnection) -> None:
    assert value(truth, "select count(*) from households_0") == HOUSEHOLDS
    assert value(truth, "select count(distinct county_code) from households_0") == COUNTIES
    villages = truth.execute("select distinct village_code from households_0").fetchall()
    assert all(places()[code]["level"] == "village" for (code,) in villages)
    assert truth.execute("select count(*) from households_0 where village_code[1:6] <> county_code").fetchone() == (0,)


def test_a_county_without_village_rows_gets_made_up_villages_under_its_own_code() -> None:
    without = {c for c, row in places().items() if row["level"] == "county"} - {c[:6] for c in places() if len(c) == 12}
    code = sorted(c for c in without if c in county_codes(2_800, FIRST))[0]
    assert all(
        str(village.code).startswith(code) and "模拟" in village.name for village in county(code, FIRST).villages
    )


def test_causes_sizes_and_standings_are_within_the_published_ranges(truth: duckdb.DuckDBPyConnection) -> None:
    share = "select avg(({})::int) from households_0"
    assert 0.40 < value(truth, share.format("main_cause = '01'")) < 0.465
    assert 0.05 < value(truth, share.format("main_cause = '02'")) < 0.10
    assert value(truth, share.format("main_cause = '11'")) < 0.01
    assert 3.25 < value(truth, "select avg(members_declared) from households_0") < 3.55
    assert 0.70 < value(truth, share.format("exit_flag = '1'")) < 0.83
    assert 0.10 < value(truth, share.format("monitoring_class <> '0'")) < 0.17
    assert 0.15 < value(truth, share.format("in_need")) < 0.30
    assert set(truth.execute("select distinct exit_flag from households_0").df()["exit_flag"]) == {"0", "1", "2", "3"}
    assert value(truth, "select count(*) from households_0 where net_income < 0") > 0, "farm losses are kept"


def test_incomes_lie_around_the_line_as_the_standing_says(truth: duckdb.DuckDBPyConnection) -> None:
    per_head = "select {} from households_0 where {}"
    registered = "registered_on is not null and exit_flag in ('0', '3')"
    assert value(truth, per_head.format("avg((net_income_per_head < 4000)::int)", registered)) > 0.9
    assert value(truth, per_head.format("min(net_income_per_head)", "exit_flag = '2'")) > 4000
    # Guizhou's monitoring range is 7,300; the nation's 7,000.
    exited = "exit_flag = '1' and monitoring_class = '0' and county_code {} '52%'"
    assert value(truth, per_head.format("min(net_income_per_head)", exited.format("like"))) > 7300
    assert value(truth, per_head.format("min(net_income_per_head)", exited.format("not like"))) > 7000


def test_members_fit_their_household(truth: duckdb.DuckDBPyConnection) -> None:
    for k in range(len(NIGHTS)):
        wrong = truth.execute(
            f"""select count(*) from households_{k} h left join (
                    select household_id, count(*) as members, count_if(relation = '01') as heads
                    from persons_{k} group by household_id) p using (household_id)
                where p.members is distinct from h.members_declared or p.heads is distinct from 1"""
        ).fetchone()
        assert wrong == (0,)
        assert value(truth, f"select count(*) from persons_{k} anti join households_{k} using (household_id)") == 0
    gaps = truth.execute(
        """select count(*) from persons_0 p join persons_0 h on p.household_id = h.household_id and h.relation = '01'
        where (p.relation in ('11', '12', '15', '16') and p.birth_date > h.birth_date - interval 15 year)
            or (p.relation in ('07', '08') and p.birth_date < h.birth_date + interval 30 year)
            or (p.relation = '02' and p.sex = h.sex)"""
    ).fetchone()
    assert gaps == (0,)
    assert (
        value(truth, "select count(*) from persons_0 where sex = '1' and relation in ('04', '05', '08', '12', '16')")
        == 0
    )
    assert value(truth, "select count(*) from persons_0 where sex = '2' and relation in ('03', '07', '11', '15')") == 0


def test_ages_schooling_and_work_agree(truth: duckdb.DuckDBPyConnection) -> None:
    person = (
        "with p as (select *, datesub('year', birth_date, date '2026-11-20') as age from persons_0) select {} from p"
    )
    assert 0.13 < value(truth, person.format("avg((age < 16)::int)")) < 0.28
    assert 0.14 < value(truth, person.format("avg((age >= 60)::int)")) < 0.32
    assert value(truth, person.format("max(age)")) < 100
    assert value(truth, person.format("count_if(age between 6 and 15 and schooling = '01')")) == 0
    assert value(truth, person.format("count_if(schooling = '03' and age not between 6 and 14)")) == 0
    assert value(truth, person.format("count_if(schooling between '07' and '12' and age not between 15 and 20)")) == 0
    assert value(truth, person.format("count_if(schooling > '12' and age < 18)")) == 0
    assert value(truth, person.format("count_if(schooling <> '01' and education is not null)")) == 0
    assert value(truth, person.format("count_if(schooling = '01' and education is null)")) == 0
    idle = "count_if(age between 16 and 59 and health = '1' and schooling = '01' and labour in ('3', '4'))"
    assert value(truth, person.format(idle)) == 0
    assert value(truth, person.format("count_if((work_place is null) <> (work_months is null))")) == 0
    assert value(truth, person.format("count_if(age < 16 and work_months is not null)")) == 0
    assert value(truth, person.format("count_if(schooling = '03')")) > 300


def test_a_cause_is_borne_out_by_the_family(truth: duckdb.DuckDBPyConnection) -> None:
    for k in range(len(NIGHTS)):
        wrong = truth.execute(
            f"""with f as (select household_id, count_if(health in ('2', '3')) as ill,
                    count_if(health = '4') as disabled, count_if(schooling <> '01') as students
                from persons_{k} group by household_id)
            select count(*) from households_{k} join f using (household_id)
            where (list_contains([main_cause] || coalesce(string_split(other_causes, ','), []), '01') and ill = 0)
                or (list_contains([main_cause] || coalesce(string_split(other_causes, ','), []), '02') and disabled = 0)
                or (list_contains([main_cause] || coalesce(string_split(other_causes, ','), []), '03') and students = 0)
                or list_contains(string_split(other_causes, ','), main_cause)"""
        ).fetchone()
        assert wrong == (0,)


def test_income_parts_add_up_in_every_file_that_is_sent(country: Path) -> None:
    checked = 0
    for night in NIGHTS:
        for folder in county_folders(country, night):
            sheet = sheet_of(folder, "households")
            for row in sheet.records() if sheet else []:
                parts = [amount(row[f"{part}_income"]) for part in ("wage", "business", "property", "transfer")]
                assert sum(parts) - amount(row["production_costs"]) == pytest.approx(amount(row["net_income"]))
                assert amount(row["assistance_income"]) <= parts[3]
                assert parts[0] == 0 or parts[0] >= 100
                checked += 1
    assert checked > HOUSEHOLDS


def test_resident_numbers_are_valid_in_form_synthetic_and_never_given_twice(country: Path) -> None:
    seen: Counter[str] = Counter()
    for folder in county_folders(country, FIRST):
        sheet = sheet_of(folder, "persons")
        assert sheet
        for row in sheet.records():
            number = row["resident_number"]
            assert len(number) == 18
            assert number[:6] == folder.name
            assert number[6:14] == day(row["birth_date"]).strftime("%Y%m%d")
            assert int(number[16]) % 2 == (1 if row["sex"] == "1" else 0)
            assert 900 <= int(number[14:17]) <= 999, "the range that says: synthetic"
            assert ric.calc_check_digit(number) == number[-1]
            seen[number] += 1
    assert len(seen) > 10_000
    assert max(seen.values()) == 1


def test_every_household_has_a_helper_and_a_leader_at_every_level(truth: duckdb.DuckDBPyConnection) -> None:
    for k, night in enumerate(NIGHTS):
        alone = truth.execute(
            f"""with helpers as (
                select a.household_id, count(*) as n from assignments_{k} a join staff_{k} s using (staff_id)
                where a.to_date is null and a.from_date <= date '{night}' and s.to_date is null and s.role = 'helper'
                group by a.household_id)
            select count(*) from households_{k} left join helpers using (household_id) where n is distinct from 1"""
        ).fetchone()
        assert alone == (0,)
        for level, digits in (
            ("centre", 2),
            ("province", 2),
            ("prefecture", 4),
            ("county", 6),
            ("township", 9),
            ("village", 12),
        ):
            without = truth.execute(
                f"""select count(*) from households_{k} h where not exists (
                    select 1 from staff_{k} s where s.role = 'leader' and s.level = '{level}' and s.to_date is null
                        and s.place_code = h.village_code[1:{digits}])"""
            ).fetchone()
            assert without == (0,), level
        assert value(truth, f"select count(*) from staff_{k} anti join units_{k} using (unit_id)") == 0
        assert value(truth, f"select count(*) from households_{k} where helper_staff_id is null") == 0
    load = "select max(n) from (select count(*) as n from assignments_0 where to_date is null group by staff_id)"
    assert value(truth, load) <= 10


def test_measures_are_offers_that_fit_and_keep_their_order(truth: duckdb.DuckDBPyConnection) -> None:
    for k, night in enumerate(NIGHTS):
        wrong = truth.execute(
            f"""select count(*) from measures_{k} where delivered_on < offered_on or responded_on < offered_on
                or delivered_on > date '{night}' or offered_on > date '{night}'
                or (response = '2' and delivered_on is not null) or (response <> '1' and delivered_on is not null)
                or (measure_code in ('M-RELOC', 'M-JOB-AWAY', 'M-LANG') and response = '1'
                    and agreement_recorded is not true)
                or (measure_code = 'M-LOAN' and amount > 50000)"""
        ).fetchone()
        assert wrong == (0,)
        left_alone = truth.execute(
            f"""select count(*) from households_{k} h
                where (monitoring_class <> '0' or exit_flag in ('0', '2', '3') and registered_on is not null)
                    and coalesce(monitoring_identified_on, registered_on) < date '{night}' - 30
                    and household_id not in (select household_id from measures_{k})"""
        ).fetchone()
        assert left_alone == (0,)
    answers = dict(truth.execute("select response, count(*) from measures_0 group by response").fetchall())
    assert min(answers[code] for code in "012") > 10, "some are pending, some accepted, some declined"
    fitting = truth.execute(
        """select avg((m.household_id is not null)::int) from households_0 h left join (
            select distinct household_id from measures_0 where measure_code = 'M-HEALTH') m using (household_id)
        where main_cause = '01' and registered_on is not null"""
    ).fetchone()
    assert fitting is not None
    assert fitting[0] > 0.95


def test_exits_returns_and_refusals_rest_on_decisions(truth: duckdb.DuckDBPyConnection) -> None:
    for k, night in enumerate(NIGHTS):
        for act, which in (
            ("exit", "exit_flag = '1'"),
            ("return", "exit_flag = '3'"),
            ("register", "registered_on is not null"),
        ):
            without = truth.execute(
                f"""select count(*) from households_{k} where {which}
                    and household_id not in (select household_id from decisions_{k} where act = '{act}')"""
            ).fetchone()
            assert without == (0,), act
        bad = truth.execute(
            f"""select count(*) from decisions_{k} where decided_on > date '{night}' or notice_on > decided_on - 7
                or appeal_deadline is null or appeal_deadline <= decided_on"""
        ).fetchone()
        assert bad == (0,)
        unmet = truth.execute(
            f"""select count(*) from households_{k} where exit_flag = '1' and monitoring_class = '0'
                and (housing_grade in ('C', 'D') or not water_safe or not food_clothing_secure)"""
        ).fetchone()
        assert unmet == (0,)
        cleared = truth.execute(
            f"""select count(*) from households_{k} h where risk_status = '2' and (
                date_diff('day', monitoring_identified_on, risk_eliminated_on) < 60
                or household_id not in (select household_id from measures_{k} where delivered_on is not null))"""
        ).fetchone()
        assert cleared == (0,)


def test_money_is_never_spent_before_or_beyond_what_was_allocated(truth: duckdb.DuckDBPyConnection) -> None:
    for k in range(len(NIGHTS)):
        assert (
            value(truth, f"select count(*) from funds_{k} where disbursed > allocated or disbursed_on < allocated_on")
            == 0
        )
        paid = f"select coalesce(sum(amount), 0) from measures_{k} where project_id is not null"
        assert value(truth, paid) > 0
        assert (
            value(
                truth, f"select count(*) from measures_{k} where project_id not in (select project_id from funds_{k})"
            )
            == 0
        )


def test_both_sides_of_a_pairing_report_and_the_outsiders_send_too(
    country: Path, truth: duckdb.DuckDBPyConnection
) -> None:
    sides = dict(truth.execute("select reporting_side, count(*) from pairing_deliveries_0 group by all").fetchall())
    assert sides["helper"] == sides["helped"]
    submitters = {p.name for p in (country / FIRST.isoformat()).iterdir()}
    provinces = {f"{code[:2]}0000" for code in county_codes(COUNTIES, FIRST)}
    assert provinces | {"assessor-01", "register-01"} <= submitters
    assert value(truth, "select count(*) from samples_0 where design_weight <= 0") == 0
    assert value(truth, "select count(*) from samples_0 where household_id is null") > 0
    odd = "head_sex is null or elderly + children > persons or disabled > persons"
    assert value(truth, f"select count(*) from samples_0 where {odd}") == 0
    heads = "samples_0 s join persons_0 p on s.household_id = p.household_id and p.relation = '01'"
    assert value(truth, f"select count(*) from {heads} where s.head_sex = p.sex and s.head_sex = '2'") > 0
    assert value(truth, f"select count(*) from {heads} where s.head_sex <> p.sex") == 0
    by_county = "grievance_id not like '%0000G%'"
    assert value(truth, f"select count(*) from grievances_0 where grievance_kind = 'duty_holder' and {by_county}") == 0
    by_province = "select count(*) from grievances_0 where grievance_id like '%0000G%'"
    named = "(household_id is null or starts_with(household_id, county_code))"
    assert value(truth, f"{by_province} and {named}") == value(truth, by_province) > 0


def test_truth_holds_no_resident_number(country: Path) -> None:
    files = sorted((country / "truth" / FIRST.isoformat()).glob("*.parquet"))
    assert {"households", "persons", "measures"} <= {file.stem for file in files}
    for file in files:
        names = [row[0] for row in duckdb.sql(f"describe select * from read_parquet('{file}')").fetchall()]
        assert "resident_number" not in names
        for name in names:
            found = duckdb.sql(
                f"select count(*) from read_parquet('{file}')"
                f" where regexp_full_match(\"{name}\"::varchar, '[0-9]{{17}}[0-9X]')"
            ).fetchone()
            assert found == (0,), (file.name, name)


def test_offices_have_their_habits_in_every_file(country: Path) -> None:
    folders = county_folders(country, FIRST)
    raw = [(folder / "measures.csv").read_bytes() for folder in folders]
    assert raw[0].startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in raw[0]
    with pytest.raises(UnicodeDecodeError):
        raw[1].decode("utf-8")
    assert raw[2].startswith(b"measure_id,")
    assert (folders[3] / "households.xlsx").exists()
    assert "年" in decode(raw[4])
    sheet = sheet_of(folders[5], "households")
    assert sheet
    assert any("," in row["net_income"] for row in sheet.records())
    persons = read_sheet(folders[1] / "persons.csv", "persons")
    assert "姓名" in persons.names
    assert "民族" in persons.names
    assert all(row["姓名"].startswith("模拟") for row in persons.records())


def test_every_package_says_what_it_holds_and_that_it_is_synthetic(country: Path) -> None:
    assert "SYNTHETIC 模拟数据" in (country / "README.txt").read_text(encoding="utf-8")
    packages = [folder for night in NIGHTS for folder in (country / night.isoformat()).iterdir()]
    assert len(packages) > 3 * COUNTIES
    for folder in packages:
        told = manifest(folder)
        assert told["synthetic"] is True
        assert told["submitter"] == folder.name
        assert told["as_of"] == folder.parent.name
        assert bool(told["files"]) is not told["nothing_due"]
        for file in told["files"]:
            assert hashlib.sha256((folder / file["path"]).read_bytes()).hexdigest() == file["sha256"]
            assert len(read_sheet(folder / file["path"], file["dataset"]).rows) - 1 == file["rows"] > 0
    names = sheet_of(county_folders(country, FIRST)[0], "units")
    assert names
    assert all("模拟" in row["unit_name"] for row in names.records())


def test_wrong_arguments_are_refused_with_words(tmp_path: Path) -> None:
    for counties, households, faults, words in (
        (2, 1, "none", "at least one household"),
        (9_000, 9_000, "none", "counties"),
        (1, 5, "many", "faults is none, standard, or one of"),
    ):
        with pytest.raises(ValueError, match=words):
            make_country(tmp_path / "out", counties, households, 1, 1, faults, FIRST)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").touch()
    result = CliRunner().invoke(app, ["make", "--out", str(tmp_path / "full")])
    assert result.exit_code != 0
    assert "empty" in result.output


def test_the_country_and_the_marts_mean_the_same_stand_ins() -> None:
    """The country knows the contract only, and the models no Python: so the list stands in both."""
    model = Path("dbt_project/models/intermediate/place/int_place_names.sql").read_text(encoding="utf-8")
    [listed] = re.findall(r"name_zh not in \(([^)]*)\)", model)
    assert {name.strip(" '\n") for name in listed.split(",")} == STAND_INS


def test_nobody_leads_a_prefecture_that_is_a_stand_in() -> None:
    """Counties of Chongqing are right under it; the ones of Liangshan are not under Sichuan alone."""
    for code, prefectures, led in (("50", ("5002",), []), ("51", ("5132", "5134"), [5132, 5134])):
        staff = staff_of(np.random.default_rng(1), Province(code, prefectures, []), ymd(2026, 11, 20))
        assert staff["place_code"][staff["level"] == LEVEL["prefecture"]].tolist() == led
