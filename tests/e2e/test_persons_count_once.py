"""A person planted in two households counts once in the figures of areas and is marked in both."""

from __future__ import annotations

import csv

import duckdb

from include.warehouse import versions
from tests.conftest import PlayedCountry

_REGISTERED = "status not in ('applicant', 'refused')"
_FIGURE = "vintage = 'running' and line = 'poverty_line' and income = 'after_assistance' and weight = 'persons'"


def _planted(country: PlayedCountry) -> set[tuple[str, int]]:
    """Household and number of the two rows with one resident number, as the generator planted them that night."""
    rows = set()
    with (country.folder / "answer_key.csv").open(encoding="utf-8", newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["kind"] == "two_households"]
    night = min(line["night"] for line in lines)
    for line in lines:
        if line["night"] == night:
            found = country.home.lake_glob("findings_check", night=country.nights[0])
            rows |= set(
                duckdb.execute(
                    f"""select household_key, split_part(row_key, '|', 2)::int from read_parquet('{found}')
                    where rule = 'person-in-two-households' and submitter = ? and "row" = ?""",
                    [line["submitter"], int(line["row"])],
                ).fetchall()
            )
    return rows


def test_a_person_in_two_households_counts_once_and_is_marked_in_both(played_country: PlayedCountry) -> None:
    planted = _planted(played_country)
    assert len(planted) == 2
    first_night = [v for v in versions.versions(played_country.home, "marts") if v.night == played_country.nights[0]]
    with duckdb.connect(str(played_country.home.published / max(first_night).file_name), read_only=True) as marts:
        marked = marts.execute(
            "select household_key, person_no, counts_here from household.members where in_another_household"
        ).fetchall()
        assert {(household, number) for household, number, _ in marked} == planted
        assert sorted(counts for *_, counts in marked) == [False, True]
        (elsewhere,) = [household for household, _, counts in marked if not counts]
        shared = marts.execute(
            "select household_key, members_in_another_household, members_counted_elsewhere from household.households"
            " where members_in_another_household > 0"
        ).fetchall()
        assert set(shared) == {(household, 1, int(household == elsewhere)) for household, _ in planted}
        reported = dict(
            marts.execute(
                f"select county_code, sum(members)::int from household.households where {_REGISTERED} group by all"
            ).fetchall()
        )
        (county,) = marts.execute(
            "select county_code from household.households where household_key = ?", [elsewhere]
        ).fetchone() or ("",)
        counted = marts.execute(
            f"select area_kind, area_code, registered, counted_elsewhere from zone.poverty_monthly where {_FIGURE}"
            " and month = (select max(month) from zone.poverty_monthly)"
            " and area_kind in ('nation', 'province', 'county')"
        ).fetchall()
    nation = [(registered, away) for kind, _, registered, away in counted if kind == "nation"]
    assert nation == [(sum(reported.values()) - 1, 1)]
    counties = {code: (registered, away) for kind, code, registered, away in counted if kind == "county"}
    assert counties == {code: (n - (code == county), int(code == county)) for code, n in reported.items()}
    provinces = [registered for kind, _, registered, _ in counted if kind == "province"]
    assert sum(provinces) == sum(registered for registered, _ in counties.values()) == nation[0][0]
