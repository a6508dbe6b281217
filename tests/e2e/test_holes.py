"""Planted holes of duty, visits, promises and money: the marts find exactly these, and none in a country without."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from include import night as steps
from include.country.facts import places
from include.country.make import make_country
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings
from include.warehouse.dbt import prepare
from tests.conftest import PlayedCountry
from tests.dbt.in_process import run_dbt
from tests.planted_holes import read_holes

NIGHT = date(2026, 11, 20)
MARTS = (
    "duty_gaps", "staff", "visit_questions", "pairing_promises", "fund_flows", "double_funding", "coverage_gaps",
    "designations", "designation_promises",
)  # fmt: skip
_FOUND = """
select gap, gap_key from responsibility.duty_gaps
union all
select 'caseload', staff_key from responsibility.staff where above_caseload_limit
union all
select question, question_key from responsibility.visit_questions
union all
select 'promise_short', pairing_id || ' ' || quarter_start || ' ' || indicator from responsibility.pairing_promises
where state = 'short'
union all
select 'sides_differ', pairing_id || ' ' || quarter_start || ' ' || indicator from responsibility.pairing_promises
where sides in ('differ', 'one_side_alone')
union all
select state, project_key from responsibility.fund_flows where state in ('idle', 'idle_long')
union all
select 'double_funding', concat_ws(' ', household_key, coalesce(nullif(person_no, 0)::varchar, ''), measure_code)
from responsibility.double_funding
union all
select gap, gap_key from responsibility.coverage_gaps
union all
select 'designation_ended', designation_id from responsibility.designations where state = 'ended_without_successor'
union all
select 'designated_short', concat_ws(' ', designation_id, period, indicator) from responsibility.designation_promises
where state = 'short'
union all
select 'designated_sides_differ', concat_ws(' ', designation_id, period, indicator)
from responsibility.designation_promises where sides in ('differ', 'one_side_alone')
union all
select 'designated_told_twice', concat_ws(' ', designation_id, period, indicator)
from responsibility.designation_promises where told_twice
union all
select 'file_out_of_date', household_key from household.households
where recertification_overdue and surveyed_on is not null
"""


def _found(file: Path) -> set[tuple[str, str]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return set(connection.execute(_FOUND).fetchall())


def _told_whole(played: PlayedCountry) -> set[str]:
    """What a key may begin with: codes and stable ids of the counties whose last package came, and pairings."""
    reported = (
        "select submitter from quality.reporting where night = ? and state = 'received' and submitter_kind = 'county'"
    )
    with duckdb.connect(str(played.home.published / "marts.duckdb"), read_only=True) as connection:
        codes = {code for (code,) in connection.execute(reported, [played.nights[-1]]).fetchall()}
    return codes | {places()[code]["county_id"] for code in codes} | {"XZ"}


def test_the_marts_find_each_planted_hole_and_nothing_else(played_country: PlayedCountry) -> None:
    """Faulty rows and held households of the same country hide no hole and make none.

    Where the last package was refused, what was wrong in the one before still stands: there a visit whose row was
    rejected is rightly asked for. There too every planted hole is found.
    """
    key = read_holes(played_country.folder)
    found = _found(played_country.home.published / "marts.duckdb")
    assert len({kind for kind, _ in key}) >= 22
    assert key - found == set()
    whole = tuple(_told_whole(played_country))
    assert {line for line in found if line[1].startswith(whole)} == {line for line in key if line[1].startswith(whole)}
    assert len({line for line in key if line[1].startswith(whole)}) > 8


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A country without faults or holes: one night, and of the marts those that tell of holes."""
    root = tmp_path_factory.mktemp("clean")
    home, settings = Home(root / "home"), Settings(home=root / "home", batches=1)
    make_country(root / "country", counties=4, households=200, nights=1, seed=1, faults="none")
    deliver(root / "country", home, NIGHT)
    steps.receive(home, settings, NIGHT, "0-of-1")
    steps.meet(home, settings, NIGHT)
    steps.check(home, settings, NIGHT, "0-of-1")
    steps.judge(home, settings, NIGHT, "0-of-1")
    prepare(home, settings)
    select = [*(f"+responsibility__{mart}" for mart in MARTS), "+household__households"]
    run_dbt(home, settings, NIGHT, ["build", "--select", *select, "--exclude-resource-type", "test", "unit_test"])
    return home


def test_a_clean_country_has_none(clean: Home) -> None:
    assert _found(clean.warehouse) == set()


def test_the_clean_country_could_have_had_them(clean: Home) -> None:
    """Households in need, visits, helpers, promises of ended quarters and money are all there."""
    with duckdb.connect(str(clean.warehouse), read_only=True) as connection:
        counted = connection.execute(
            """
            select
                (select count(*) from intermediate.int_household_status where cut_id = 'night' and in_need),
                (select count(*) from intermediate.int_visits),
                (select count(*) from responsibility.staff where households > 0),
                (select count(*) from responsibility.pairing_promises where quarter_ended and sides = 'agree'),
                (select count(*) from responsibility.fund_flows where disbursed > 0),
                (select count(*) from responsibility.designation_promises where state = 'kept' and sides = 'agree'),
                (select count(*) from responsibility.designations where state in ('lasting', 'ended'))
            """
        ).fetchone()
    assert counted is not None
    assert min(counted) > 10
