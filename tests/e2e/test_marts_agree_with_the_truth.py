"""Marts joined by hand to the generator's own truth: households, zones and duty holders of the second night."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.conftest import PlayedCountry

FEW = 5


@pytest.fixture
def both(played_country: PlayedCountry) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published marts as `marts`, the truth of the last night as views of the same names as the datasets.

    Only counties whose package of that night was accepted whole take part: the marts of the others rightly stand as
    they last were.
    """
    connection = duckdb.connect()
    connection.execute(f"attach '{played_country.home.published / 'marts.duckdb'}' as marts (read_only)")
    truth = played_country.folder / "truth" / f"{played_country.nights[1]}"
    for path in sorted(truth.glob("*.parquet")):
        connection.execute(f"create view {path.stem} as select * from read_parquet('{path}')")
    states = played_country.home.lake_glob("attempt_states", night=played_country.nights[1])
    connection.execute(
        f"create table whole as select distinct submitter from read_parquet('{states}') "
        "where state in ('accepted', 'accepted_with_queries') and received > 0 and submitter similar to '[0-9]{6}'"
    )
    connection.execute(
        "create table county as select place_code, county_id from read_csv('dbt_project/seeds/places.csv', "
        "all_varchar = true) where level = 'county'"
    )
    yield connection
    connection.close()


def test_households_agree(both: duckdb.DuckDBPyConnection) -> None:
    """Every household of the whole counties: who, where, in need, its cause, its members and its income per head."""
    compared = both.execute(
        """
        with people as (
            select county_code, household_id, count(*) as members from persons group by all
        ),
        truth as (
            select
                county.county_id || '-' || h.household_id as household_key,
                h.village_code, h.main_cause, h.exit_flag, h.net_income, people.members, h.in_need,
                h.helper_staff_id,
                case h.exit_flag when '1' then 'exited' when '2' then 'pre_exit' when '3' then 'returned' end as track
            from households as h
            inner join whole on h.county_code = whole.submitter
            inner join county on h.county_code = county.place_code
            inner join people on h.county_code = people.county_code and h.household_id = people.household_id
        )
        select
            count(*) as households,
            count(*) filter (where m.household_key is null) as missing,
            count(*) filter (where m.village_code <> t.village_code) as village,
            count(*) filter (where m.main_cause <> t.main_cause) as cause,
            count(*) filter (where m.net_income <> t.net_income) as income,
            count(*) filter (where m.members <> t.members) as members,
            count(*) filter (where m.in_need <> t.in_need) as in_need,
            count(*) filter (where not ends_with(m.helper_staff_key, t.helper_staff_id)) as helper,
            count(*) filter (
                where m.exit_flag <> t.exit_flag or coalesce(t.track, m.status) <> m.status or t.track <> s.state
                or (t.track is null and s.state not in ('candidate', 'registered'))
            ) as standing
        from truth as t
        left join marts.household.households as m on t.household_key = m.household_key
        left join marts.household.status_history as s
            on t.household_key = s.household_key and s.track = 'registered' and s.valid_until is null
        """
    ).fetchone()
    assert compared is not None
    assert compared[0] >= FEW
    assert compared[1:] == (0,) * 8, "missing, village, cause, income, members, in need, helper, exits and returns"


def test_zones_agree(both: duckdb.DuckDBPyConnection, played_country: PlayedCountry) -> None:
    """Households in need by main cause and zone, recounted from truth and the zone seed by prefix.

    A county speaks for the last night whose package was read; a household that the planted faults hold, or whose row
    they destroyed, is counted as the marts say it stands.
    """
    home, first, last = played_country.home, *played_country.nights
    both.execute(
        "create table zone_places as select zone_id, place_code from read_csv('dbt_project/seeds/zone_places.csv', "
        "all_varchar = true) where coalesce(valid_to, '9999-12-31') >= '2026-11-21'"
    )
    truth = played_country.folder / "truth"
    key = played_country.folder / "answer_key.csv"
    compared = both.execute(
        f"""
        with spoke as (
            select submitter, max(night) as night
            from read_parquet('{home.lake_glob("attempts")}') where readable group by submitter
        ),
        stated as (
            select date '{first}' as night, * from read_parquet('{truth}/{first}/households.parquet')
            union all by name
            select date '{last}' as night, * from read_parquet('{truth}/{last}/households.parquet')
        ),
        told as (
            select county.county_id || '-' || h.household_id as household_key, h.village_code, h.main_cause, h.in_need
            from stated as h
            inner join spoke on h.county_code = spoke.submitter and h.night = spoke.night
            inner join county on h.county_code = county.place_code
        ),
        faulty as (
            select household_key from marts.household.households where held
            union
            select household_key
            from read_parquet('{home.lake_glob("findings_check")}') as f
            inner join read_csv('{key}', all_varchar = true) as k
                on f.night::varchar = k.night and f.submitter = k.submitter
                and f.dataset = k.dataset and f."row"::varchar = k."row"
            where f.household_key is not null
        ),
        expected as (
            select * from told where household_key not in (select household_key from faulty)
            union all
            select household_key, coalesce(village_code, county_code), main_cause, in_need
            from marts.household.households
            where
                household_key in (select household_key from faulty)
                or household_key not in (select household_key from told)
        ),
        recounted as (
            select z.zone_id, e.main_cause as cause, count(distinct e.household_key) as households
            from expected as e
            inner join zone_places as z on starts_with(e.village_code, z.place_code)
            where e.in_need and e.main_cause is not null group by all
        )
        select r.zone_id, r.cause, r.households, p.main_households
        from recounted as r
        left join marts.zone.cause_profile as p
            on p.area_kind = 'zone' and p.area_code = r.zone_id and p.cause = r.cause and p.month = date '2026-11-01'
        order by all
        """
    ).fetchall()
    assert len({zone for zone, *_ in compared}) >= FEW
    assert sum(households for _, _, households, _ in compared) > 100
    assert [row for row in compared if row[2] != row[3]] == []


def test_duty_holders_agree(both: duckdb.DuckDBPyConnection) -> None:
    """Five helpers with most households: the mart's caseload is what the truth's open assignments say."""
    compared = both.execute(
        """
        with truth as (
            select a.county_code, a.staff_id, count(distinct a.household_id) as households
            from assignments as a
            inner join whole on a.county_code = whole.submitter
            inner join households as h using (county_code, household_id)
            where a.to_date is null
            group by all
        )
        select t.staff_id, t.households, s.households
        from truth as t
        inner join county on t.county_code = county.place_code
        left join marts.responsibility.staff as s on s.staff_key = county.county_id || '-' || t.staff_id
        order by t.households desc, t.staff_id
        """
    ).fetchall()
    assert len(compared) >= FEW
    assert [row for row in compared if row[1] != row[2]] == []
