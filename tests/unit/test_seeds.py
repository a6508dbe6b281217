"""The facts under dbt_project/seeds agree with each other and with what the project promises.

dbt tests keys, codes and references when the seeds are loaded; here stands what needs more than one
table or a published number to be tested.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from include.rules.facts import load_facts
from include.seeds import holds, national_standard
from include.seeds import standards as known_standards

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "dbt_project" / "seeds"

Row = dict[str, str]

AREA_COUNTS = dict(
    zip(
        (f"A{number:02d}" for number in range(1, 15)),
        (61, 75, 64, 38, 80, 56, 19, 33, 20, 36, 23, 74, 77, 24),
        strict=True,
    )
)
RECODED = {
    "130721": "130705",
    "520221": "520204",
    "520522": "520581",
    "540422": "540481",
    "540530": "540581",
    "610928": "610981",
    "632321": "632301",
}
STATEMENT_AREAS = {"Z2": "A05", "Z3": "A08"}
CAUSES = {f"{number:02d}" for number in range(1, 13)} | {"99"}
CONDITIONS = {"food_clothing", "schooling", "medical_cover", "housing", "water", "income", "any"}
CHOICE_ONLY = {"M-RELOC", "M-JOB-AWAY", "M-LANG"}


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def seed(name: str) -> list[Row]:
    rows = read(SEEDS / f"{name}.csv")
    assert rows, f"{name} is empty"
    return rows


@pytest.fixture(scope="module")
def places() -> dict[str, Row]:
    return {row["place_code"]: row for row in seed("places")}


@pytest.fixture(scope="module")
def poverty() -> list[Row]:
    return seed("poverty_counties")


@pytest.fixture(scope="module")
def zone_places() -> dict[str, list[Row]]:
    by_zone: dict[str, list[Row]] = defaultdict(list)
    for row in seed("zone_places"):
        by_zone[row["zone_id"]].append(row)
    return by_zone


@pytest.fixture(scope="module")
def measures() -> dict[str, Row]:
    return {row["measure_code"]: row for row in seed("measures")}


@pytest.fixture(scope="module")
def rulebook() -> list[Row]:
    return seed("rulebook")


@pytest.fixture(scope="module")
def standards() -> list[Row]:
    return seed("standards")


def day(text: str, default: date) -> date:
    return date.fromisoformat(text) if text else default


def overlap(one: Row, other: Row) -> bool:
    """Both ends are inclusive; empty is open."""
    return max(day(one["valid_from"], date.min), day(other["valid_from"], date.min)) <= min(
        day(one["valid_to"], date.max), day(other["valid_to"], date.max)
    )


def in_zone(code: str, rows: list[Row]) -> bool:
    return any(code.startswith(row["place_code"]) for row in rows)


# --- all seeds ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.csv")), ids=lambda path: path.stem)
def test_a_seed_is_plain_utf8_with_unix_lines_real_dates_and_under_one_mebibyte(path: Path) -> None:
    content = path.read_bytes()
    assert len(content) < 1024 * 1024
    assert b"\r" not in content and content.endswith(b"\n") and not content.startswith(b"\xef\xbb\xbf")
    content.decode("utf-8")
    for row in read(path):
        start, end = (day(row.get(name, ""), edge) for name, edge in (("valid_from", date.min), ("valid_to", date.max)))
        assert start <= end, row
        day(row.get("known_from", ""), date.min)
        assert row.get("source", "x"), row
        assert all(value == value.strip() for value in row.values()), row


# --- places ------------------------------------------------------------------------------


def test_the_tree_of_places_has_every_level_in_the_expected_number(places: dict[str, Row]) -> None:
    levels = Counter(row["level"] for row in places.values())
    assert levels["province"] == 31
    counties = [row for row in places.values() if row["level"] == "county" and row["code_kind"] == "gb2260"]
    assert len([row for row in counties if not row["valid_to"]]) == 2847
    assert {row["place_code"] for row in counties if row["valid_to"]} == set(RECODED)
    assert levels["township"] > 2800 and levels["village"] > 8500


def test_place_codes_are_written_once_sorted_and_as_long_as_their_level_says() -> None:
    rows = seed("places")
    codes = [row["place_code"] for row in rows]
    assert codes == sorted(set(codes))
    length = {"province": 2, "prefecture": 4, "county": 6, "township": 9, "village": 12}
    assert all(re.fullmatch(rf"\d{{{length[row['level']]}}}", row["place_code"]) for row in rows)


def test_every_parent_exists_and_is_the_prefix_one_level_up(places: dict[str, Row]) -> None:
    up = {"prefecture": "province", "county": "prefecture", "township": "county", "village": "township"}
    for code, row in places.items():
        if row["level"] == "province":
            assert row["parent_code"] == ""
        else:
            assert code.startswith(row["parent_code"])
            assert places[row["parent_code"]]["level"] == up[row["level"]], row


def test_a_place_below_a_county_has_the_stable_id_of_its_county(places: dict[str, Row]) -> None:
    for code, row in places.items():
        if row["level"] in ("province", "prefecture"):
            assert row["county_id"] == ""
        else:
            assert row["county_id"] == places[code[:6]]["county_id"], row


@pytest.mark.parametrize(("old", "new"), RECODED.items())
def test_a_recoded_county_is_one_county_across_the_change(old: str, new: str, places: dict[str, Row]) -> None:
    before, after = places[old], places[new]
    assert before["county_id"] == after["county_id"] == old
    assert date.fromisoformat(after["valid_from"]) == date.fromisoformat(before["valid_to"]) + timedelta(days=1)
    assert after["valid_to"] == ""
    assert {row["place_code"] for row in places.values() if row["county_id"] == old and row["level"] == "county"} == {
        old,
        new,
    }


def test_no_other_county_shares_its_id(places: dict[str, Row]) -> None:
    for code, row in places.items():
        if row["level"] == "county" and code not in RECODED.values():
            assert row["county_id"] == code


def test_every_county_has_a_township_and_villages_unless_it_is_newer_than_the_villages(places: dict[str, Row]) -> None:
    filled = {row["parent_code"] for row in places.values() if row["level"] == "township"}
    empty = {
        code for code, row in places.items() if row["level"] == "county" and not row["valid_to"] and code not in filled
    }
    assert empty == {"460302", "460303", "500157", "653132", "653228", "653229", "659013"}
    townships = {code for code, row in places.items() if row["level"] == "township"}
    assert townships == {row["parent_code"] for row in places.values() if row["level"] == "village"}


def test_prefectures_without_counties_have_one_county_row_that_can_submit(places: dict[str, Row]) -> None:
    for code in ("441900", "442000", "460400", "620201"):
        assert places[code]["level"] == "county" and places[code]["code_kind"] == "statistical"
        assert places[code[:4]]["code_kind"] == "gb2260"


# --- the 832 -----------------------------------------------------------------------------


def test_the_list_has_832_counties_152_of_them_outside_the_14_areas(poverty: list[Row]) -> None:
    assert (
        len(poverty) == len({row["code_2020"] for row in poverty}) == len({row["county_id"] for row in poverty}) == 832
    )
    assert Counter(row["area14"] for row in poverty if row["area14"]) == AREA_COUNTS
    assert sum(not row["area14"] for row in poverty) == 152


def test_delisted_years_that_are_known_have_the_published_numbers(poverty: list[Row]) -> None:
    known = Counter(row["delisted_year"] for row in poverty if row["delisted_year"])
    assert known == {"2016": 28, "2020": 52}


def test_a_county_of_the_list_carries_the_name_of_its_code_in_its_province(
    poverty: list[Row], places: dict[str, Row]
) -> None:
    """Same-named counties never cross provinces (in a public list three had)."""
    for row in poverty:
        place = places[row["code_2020"]]
        assert (place["name_zh"], places[row["code_2020"][:2]]["name_zh"]) == (row["name_zh"], row["province"])
        assert place["county_id"] == row["county_id"]
        if row["current_code"]:
            assert row["current_code"][:2] == row["code_2020"][:2]
            assert places[row["current_code"]]["county_id"] == row["county_id"]
            assert not places[row["current_code"]]["valid_to"]
    codes = {row["code_2020"] for row in poverty}
    assert not codes & {"320707", "620102", "230606"}
    assert {"360704", "140215"} <= codes
    assert [row["code_2020"] for row in poverty if not row["current_code"]] == ["632856"]


# --- zones -------------------------------------------------------------------------------


def test_each_area_has_its_published_number_of_counties_under_old_and_new_codes(
    places: dict[str, Row], poverty: list[Row], zone_places: dict[str, list[Row]]
) -> None:
    for area, count in AREA_COUNTS.items():
        ids = {places[row["place_code"]]["county_id"] for row in zone_places[area]}
        assert len(ids) == count, area
        assert ids == {row["county_id"] for row in poverty if row["area14"] == area}


def test_the_areas_are_disjoint_and_the_places_of_the_statement_are_not(
    places: dict[str, Row], zone_places: dict[str, list[Row]]
) -> None:
    areas = Counter(
        places[code]["county_id"]
        for area in AREA_COUNTS
        for code in {row["place_code"] for row in zone_places[area]} - set(RECODED.values())
    )
    assert len(areas) == sum(AREA_COUNTS.values()) == 680 and set(areas.values()) == {1}
    assert in_zone("513437", zone_places["A04"]) and in_zone("513437", zone_places["Z5"])
    assert in_zone("513422", zone_places["A13"]) and in_zone("513422", zone_places["Z5"])
    assert in_zone("530724", zone_places["A06"]) and in_zone("530724", zone_places["Z5"])


def test_a_zone_row_never_covers_another_of_the_same_zone(zone_places: dict[str, list[Row]]) -> None:
    for zone, rows in zone_places.items():
        codes = [row["place_code"] for row in rows]
        assert len(codes) == len(set(codes)), zone
        for code in codes:
            assert not any(code != other and code.startswith(other) for other in codes), (zone, code)


def test_a_recoded_county_meets_its_zones_under_the_old_and_the_new_code(
    places: dict[str, Row], zone_places: dict[str, list[Row]]
) -> None:
    met = set()
    for zone, rows in zone_places.items():
        dated = {row["place_code"]: row for row in rows}
        for old, new in RECODED.items():
            assert (old in dated) == (new in dated), (zone, old)
            if old in dated:
                met.add(old)
                assert dated[old]["valid_to"] == places[old]["valid_to"]
                assert dated[new]["valid_from"] == places[new]["valid_from"]
            assert in_zone(old, rows) == in_zone(new, rows)
    assert len(met) >= 6


def test_the_places_of_the_statement_are_exactly_those_named(
    places: dict[str, Row], zone_places: dict[str, list[Row]]
) -> None:
    codes = {zone: {row["place_code"] for row in rows} for zone, rows in zone_places.items()}
    assert codes["Z1"] == {"6529", "6530", "6531", "6532"}
    for zone, area in STATEMENT_AREAS.items():
        assert codes[zone] == codes[area]
    assert len(codes["Z4"]) == 17 and "632801101" in codes["Z4"] and places["632801101"]["name_zh"] == "唐古拉镇"
    assert not in_zone("632801", zone_places["Z4"])
    assert {"511132", "511113", "511133", "530724"} <= codes["Z5"] and len(codes["Z5"]) == 15


@pytest.mark.parametrize(("zone", "of_the_832"), [("D01", 199), ("Z1", 26), ("Z2", 80), ("Z3", 33), ("Z5", 13)])
def test_a_zone_meets_the_known_number_of_counties_of_the_list(
    zone: str, of_the_832: int, poverty: list[Row], zone_places: dict[str, list[Row]]
) -> None:
    assert sum(in_zone(row["code_2020"], zone_places[zone]) for row in poverty) == of_the_832


def test_no_restricted_zone_has_places(zone_places: dict[str, list[Row]]) -> None:
    restricted = {row["zone_id"] for row in seed("zones") if row["restricted"] == "true"}
    assert restricted == {"Z6", "Z7", "Z8", "Z9"}
    assert not restricted & set(zone_places)
    assert set(zone_places) == {row["zone_id"] for row in seed("zones")} - restricted


def test_every_zone_place_is_a_place(places: dict[str, Row], zone_places: dict[str, list[Row]]) -> None:
    assert all(row["place_code"] in places for rows in zone_places.values() for row in rows)


def test_every_province_is_in_one_region(places: dict[str, Row]) -> None:
    provinces = [row["province_code"] for row in seed("regions")]
    assert sorted(provinces) == sorted(code for code, row in places.items() if row["level"] == "province")


# --- measures and rules ------------------------------------------------------------------


def test_measures_have_eleven_classes_and_choice_is_marked(measures: dict[str, Row]) -> None:
    assert len({row["class"] for row in measures.values()}) == 11
    assert {code for code, row in measures.items() if row["needs_agreement"] == "true"} == CHOICE_ONLY
    assert {"M-HEALTH", "M-POST", "M-RANGER", "M-LANG", "M-SERVICE-LANG", "M-JOB", "M-JOB-AWAY"} <= set(measures)


def test_every_reference_of_the_rulebook_resolves(
    rulebook: list[Row], measures: dict[str, Row], places: dict[str, Row]
) -> None:
    zones = {row["zone_id"] for row in seed("zones")}
    subjects = {row["standard_id"] for row in seed("standards")} | {row["subject"] for row in seed("standards")}
    scopes = {"national": {"CN"}, "zone": zones}
    assert len({row["rule_id"] for row in rulebook}) == len(rulebook)
    for row in rulebook:
        assert row["scope_code"] in scopes.get(row["scope_kind"], set(places)), row
        assert row["measure_code"] in measures
        assert (row["alternative_measure_code"] in measures) == (row["offer"] == "unavailable_here"), row
        assert row["condition_code"] in (CAUSES if row["condition_kind"] == "cause" else CONDITIONS), row
        assert set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", row["parameters"])) <= subjects, row


def test_every_cause_and_condition_has_a_national_answer(rulebook: list[Row]) -> None:
    answered = {row["condition_code"] for row in rulebook if row["scope_kind"] == "national"}
    assert answered == CAUSES | CONDITIONS


def test_choice_is_never_a_must_and_cause_not_established_obliges_nothing(
    rulebook: list[Row], measures: dict[str, Row]
) -> None:
    for row in rulebook:
        if row["offer"] == "must_offer":
            assert measures[row["measure_code"]]["needs_agreement"] == "false", row
            assert row["condition_code"] != "11", row


def test_no_narrower_rule_lowers_a_national_entitlement(rulebook: list[Row]) -> None:
    floor = {
        (row["condition_code"], row["measure_code"])
        for row in rulebook
        if row["scope_kind"] == "national" and row["offer"] == "must_offer"
    }
    for row in rulebook:
        if (row["condition_code"], row["measure_code"]) in floor:
            assert row["offer"] == "must_offer", row


def test_restricted_zones_only_add_offers(rulebook: list[Row]) -> None:
    restricted = {row["zone_id"] for row in seed("zones") if row["restricted"] == "true"}
    rules = [row for row in rulebook if row["scope_code"] in restricted]
    assert rules
    assert all(row["offer"] in ("must_offer", "may_offer") for row in rules)


def test_one_scope_says_one_thing_about_a_measure_at_a_time(rulebook: list[Row]) -> None:
    by_key: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rulebook:
        by_key[row["scope_code"], row["condition_code"], row["measure_code"]].append(row)
    for rows in by_key.values():
        assert not any(overlap(one, other) for n, one in enumerate(rows) for other in rows[n + 1 :]), rows


def test_the_statement_zones_have_detailed_rules(rulebook: list[Row]) -> None:
    assert {f"Z{number}" for number in range(1, 10)} <= {row["scope_code"] for row in rulebook}


# --- standards and pairings --------------------------------------------------------------


def in_force(
    subject: str, jurisdiction: str, on: date, known_on: date | None = None, folder: Path = SEEDS
) -> list[Decimal]:
    return [
        Decimal(row["value"])
        for row in known_standards(known_on, folder)
        if row["subject"] == subject and row["jurisdiction"] == jurisdiction and holds(row, on)
    ]


@pytest.mark.parametrize(
    ("subject", "jurisdiction", "on", "value"),
    [
        ("poverty_line", "CN", date(2013, 7, 1), 2736),
        ("poverty_line", "CN", date(2019, 12, 31), 3218),
        ("poverty_line", "CN", date(2020, 1, 1), 4000),
        ("poverty_line", "CN", date(2026, 11, 23), 4000),
        ("poverty_line_field", "61", date(2016, 6, 1), 3070),
        ("monitoring_range", "52", date(2023, 6, 1), 7300),
        ("monitoring_range", "CN", date(2026, 11, 23), 7000),
        ("exit_criterion_village_incidence", "CN", date(2018, 1, 1), "0.02"),
        ("exit_criterion_county_incidence", "52", date(2018, 1, 1), "0.03"),
        ("breaker_vanished_min_persons", "CN", date(2026, 11, 23), 50),
        ("breaker_vanished_share", "CN", date(2026, 11, 23), "0.02"),
        ("breaker_rekeyed_share", "CN", date(2026, 11, 23), "0.05"),
        ("breaker_growth_advice_share", "CN", date(2026, 11, 23), "0.20"),
        ("held_decision_days", "CN", date(2026, 11, 23), 14),
        ("suppression_min_cell", "CN", date(2026, 11, 23), 10),
        ("grassland_ban_rate", "CN", date(2018, 1, 1), "7.5"),
    ],
)
def test_a_standard_is_found_once_on_its_day(subject: str, jurisdiction: str, on: date, value: int | str) -> None:
    assert in_force(subject, jurisdiction, on) == [Decimal(str(value))]


def test_standards_have_unique_ids_known_jurisdictions_and_overlap_only_to_replace(
    standards: list[Row], places: dict[str, Row]
) -> None:
    assert len({row["standard_id"] for row in standards}) == len(standards)
    by_key: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in standards:
        assert row["jurisdiction"] == "CN" or row["jurisdiction"] in places
        assert re.fullmatch(r"-?\d+(\.\d{1,4})?", row["value"]), row
        by_key[row["subject"], row["jurisdiction"]].append(row)
    for rows in by_key.values():
        assert not unclear(rows), rows
        assert len({(row["operator"], row["unit"]) for row in rows}) == 1, rows


def unclear(rows: list[Row]) -> list[tuple[str, str]]:
    """Pairs of one subject and jurisdiction that hold on one day and of which neither replaces the other."""
    return [
        (one["standard_id"], other["standard_id"])
        for n, one in enumerate(rows)
        for other in rows[n + 1 :]
        if overlap(one, other)
        and (
            (one["valid_from"], one["valid_to"]) != (other["valid_from"], other["valid_to"])
            or one["known_from"] == other["known_from"]
        )
    ]


LINE = {"standard_id": "line", "subject": "line", "jurisdiction": "CN", "valid_from": "2021-01-01", "valid_to": ""}
LINE |= {"known_from": "", "operator": "<", "value": "4000", "unit": "yuan", "source": "s", "confidence": "high"}
CORRECTED = LINE | {"standard_id": "corrected", "known_from": "2026-11-10", "value": "4500"}
#: A second row of the line, and whether it may stand beside the first.
BESIDE = {
    "the same days, known later": (CORRECTED, True),
    "the same days, known since ever": (CORRECTED | {"known_from": ""}, False),
    "a part of its days, known later": (CORRECTED | {"valid_from": "2026-01-01"}, False),
    "the same days to an end, known later": (CORRECTED | {"valid_to": "2026-12-31"}, False),
    "other days": (CORRECTED | {"valid_from": "2010-01-01", "valid_to": "2020-12-31", "known_from": ""}, True),
    "another place": (CORRECTED | {"jurisdiction": "52", "known_from": ""}, True),
    "another unit, known later": (CORRECTED | {"unit": "yuan_per_month"}, False),
}


@pytest.mark.parametrize("beside", BESIDE)
def test_the_night_takes_no_standard_of_which_nobody_could_say_whether_it_holds(beside: str) -> None:
    """The dbt test that runs when the seeds are loaded, which an operator's own rows meet and this suite does not."""
    row, may_stand = BESIDE[beside]
    query = (ROOT / "dbt_project" / "tests" / "standards_overlap_only_to_replace.sql").read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        days = ("valid_from", "valid_to", "known_from")
        columns = ", ".join(f"{name} {'date' if name in days else 'varchar'}" for name in LINE)
        connection.execute(f"create table standards ({columns})")
        marks = ", ".join("?" for _ in LINE)
        rows = [[value or None for value in one.values()] for one in (LINE, row)]
        connection.executemany(f"insert into standards values ({marks})", rows)
        found = connection.execute(query.replace("{{ ref('standards') }}", "standards")).fetchall()
    assert [names[2:] for names in found] == ([] if may_stand else [("corrected", "line")])


def write_standards(folder: Path, *rows: Row) -> Path:
    with (folder / "standards.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(LINE), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_a_correction_holds_from_the_day_it_was_known_and_the_row_it_replaces_until_then(tmp_path: Path) -> None:
    again = CORRECTED | {"standard_id": "again", "known_from": "2026-12-01", "value": "4600"}
    of_guizhou = LINE | {"standard_id": "52", "jurisdiction": "52", "known_from": "2026-11-20", "value": "5000"}
    folder = write_standards(tmp_path, again, of_guizhou, CORRECTED, LINE)
    on = date(2026, 10, 31)

    def known(jurisdiction: str, known_on: date | None) -> list[Decimal]:
        return in_force("line", jurisdiction, on, known_on, folder)

    assert known("CN", date(2026, 11, 9)) == [4000]
    assert known("CN", date(2026, 11, 10)) == known("CN", date(2026, 11, 30)) == [4500]
    assert known("CN", date(2026, 12, 1)) == known("CN", None) == [4600]
    assert known("52", date(2026, 11, 19)) == []
    assert known("52", date(2026, 11, 20)) == [5000]
    assert national_standard("line", on, date(2026, 11, 9), folder) == "4000"
    assert national_standard("line", date(2020, 12, 31), seeds=folder) is None


def test_the_checks_of_a_night_judge_by_what_was_known_on_it(tmp_path: Path) -> None:
    for name in ("places", "rulebook", "measures"):
        shutil.copy(SEEDS / f"{name}.csv", tmp_path)
    write_standards(tmp_path, CORRECTED, LINE)
    with duckdb.connect() as connection:

        def values(known_on: date | None) -> list[tuple[date, date, float]]:
            load_facts(connection, known_on, tmp_path)
            return connection.execute("select valid_from, valid_to, value from facts_standards").fetchall()

        assert values(date(2026, 11, 9)) == [(date(2021, 1, 1), date(9999, 12, 31), 4000.0)]
        assert values(date(2026, 11, 10)) == values(None) == [(date(2021, 1, 1), date(9999, 12, 31), 4500.0)]


def test_deprivation_weights_are_one_for_each_condition_and_two_of_six_count(standards: list[Row]) -> None:
    weights = {
        row["subject"]: Decimal(row["value"]) for row in standards if row["subject"].startswith("alkire_foster_weight_")
    }
    assert {name.removeprefix("alkire_foster_weight_") for name in weights} == CONDITIONS - {"any"}
    (cutoff,) = in_force("alkire_foster_k", "CN", date(2026, 1, 1))
    assert set(weights.values()) == {Decimal(1)}
    assert cutoff == 2


def test_pairings_join_two_real_places_of_different_provinces(places: dict[str, Row]) -> None:
    rows = seed("pairings")
    assert Counter(row["round"] for row in rows) == {"2016": 32, "2021": 11}
    for row in rows:
        helper, helped = row["helper_place_code"], row["helped_place_code"]
        assert helper in places and helped in places
        assert helper[:2] != helped[:2]
    assert ("3301", "4228") in {(row["helper_place_code"], row["helped_place_code"]) for row in rows}


# --- the demo counties -------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo() -> list[Row]:
    return read(ROOT / "include" / "country" / "demo_counties.csv")


def test_demo_counties_are_24_of_the_832_and_one_outside(
    demo: list[Row], poverty: list[Row], places: dict[str, Row]
) -> None:
    assert [row["order"] for row in demo] == [str(number) for number in range(1, 26)]
    current = {row["current_code"] for row in poverty}
    codes = [row["county_code"] for row in demo]
    assert len(set(codes)) == 25
    assert [code for code in codes if code not in current] == ["511132"]
    assert all(not places[code]["valid_to"] and places[code]["code_kind"] == "gb2260" for code in codes)


def test_demo_counties_have_townships_with_villages(demo: list[Row], places: dict[str, Row]) -> None:
    children = Counter(row["parent_code"] for row in places.values())
    for row in demo:
        townships = [code for code in places if len(code) == 9 and code.startswith(row["county_code"])]
        assert 4 <= len(townships) <= 6, row
        assert all(1 <= children[code] <= 5 for code in townships), row
        assert sum(children[code] for code in townships) >= 10, row
    assert "632801101" in places


def test_demo_counties_cover_what_is_said_of_them(
    demo: list[Row], places: dict[str, Row], zone_places: dict[str, list[Row]]
) -> None:
    for row in demo:
        code = row["county_code"]
        inside = {
            zone
            for zone, rows in zone_places.items()
            if any(r["place_code"].startswith(code) or code.startswith(r["place_code"]) for r in rows)
        }
        said = set(re.findall(r"\b[AZD]\d{1,2}\b", row["why"]))
        assert said <= inside, row
        assert {zone for zone in inside if zone[0] in "AZ"} <= said, row
        if found := re.search(r"recoded from (\d{6})", row["why"]):
            assert RECODED[found[1]] == code
        if found := re.search(r"stand-in (\d{4})", row["why"]):
            assert places[code]["parent_code"] == found[1] and places[found[1]]["code_kind"] == "statistical"


def test_the_first_twelve_demo_counties_already_show_the_country(
    demo: list[Row], zone_places: dict[str, list[Row]]
) -> None:
    first = [row["county_code"] for row in demo[:12]]
    assert len({code[:2] for code in first}) >= 6
    met = {
        zone for zone, rows in zone_places.items() for code in first for r in rows if code.startswith(r["place_code"])
    }
    assert {"Z1", "Z2", "Z3", "Z4", "Z5"} <= met
    assert len(met & set(AREA_COUNTS)) >= 12
    everywhere = {
        zone
        for zone, rows in zone_places.items()
        for row in demo
        for r in rows
        if row["county_code"].startswith(r["place_code"])
    }
    assert set(AREA_COUNTS) <= everywhere
