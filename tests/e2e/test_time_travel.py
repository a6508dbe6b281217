"""Eight nights of corrections, late news and households under new numbers.

Every past day, as known on every night, is what was told; a past night rebuilt, and a night built from what was carried
over, are what they were.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from include import night as steps
from include.country.make import make_country
from include.duck import connect
from include.home import Home
from include.intake.deliver import deliver
from include.result import Result
from include.settings import Settings
from include.warehouse import versions
from include.warehouse.content_hash import AUDITED_SCHEMAS, MART_SCHEMAS, table_hashes
from include.warehouse.copy import reading
from include.warehouse.dbt import build_layer
from include.warehouse.publish import publish_marts
from tests.e2e import as_told

pytestmark = pytest.mark.long

NIGHTS = tuple(date(2026, 11, 20) + timedelta(days=n) for n in range(8))
THIRD, FIFTH, EIGHTH = NIGHTS[2], NIGHTS[4], NIGHTS[7]
TO_THE_LAKE = ("receive", "meet", "check", "judge")
UP_TO_INTERMEDIATE = ("seeds", "staging_intermediate")
UP_TO_MARTS = (*UP_TO_INTERMEDIATE, "marts")
ALL_LAYERS = (*UP_TO_MARTS, "quality")
#: What is built on a night; on the others the packages are judged, and the marts do without that night.
BUILT = {
    NIGHTS[0]: UP_TO_INTERMEDIATE,
    NIGHTS[1]: UP_TO_INTERMEDIATE,
    THIRD: ALL_LAYERS,
    NIGHTS[3]: UP_TO_INTERMEDIATE,
    FIFTH: UP_TO_MARTS,
    EIGHTH: ALL_LAYERS,
}


@dataclass(frozen=True)
class Eight:
    """A country of eight nights, the home in which all of them were run, and the tables' hashes of the fifth night."""

    country: Path
    home: Home
    settings: Settings
    fifth: dict[str, str]

    def published(self, night: date) -> Path:
        """The marts as they were published on a night."""
        newest = max(version for version in versions.versions(self.home, "marts") if version.night == night)
        return self.home.published / newest.file_name


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Eight:
    """Four counties, 240 households; the third and the eighth night are published (gates have tests of their own)."""
    base = tmp_path_factory.mktemp("eight")
    home, settings = Home(base / "home"), Settings(home=base / "home", batches=1)
    make_country(base / "country", 4, 240, len(NIGHTS), 5, "none", NIGHTS[0], retelling=True)
    fifth: dict[str, str] = {}
    for night in NIGHTS:
        deliver(base / "country", home, night)
        for name, task in steps.tasks(home, settings, night):
            if name in TO_THE_LAKE:
                assert task().counts.get("held", 0) == 0, f"{night}: what is true is held by nothing"
        layers = BUILT.get(night, ())
        for layer in layers:
            build_layer(home, settings, night, layer)
        if layers == ALL_LAYERS:
            publish_marts(home, settings, night, lambda stage, night=night: Result(stage, night))  # type: ignore[misc]
        if night == FIFTH:
            with connect(settings, home.warehouse, read_only=True) as connection:
                fifth = table_hashes(connection, AUDITED_SCHEMAS)
    return Eight(base / "country", home, settings, fifth)


def test_every_day_as_known_on_every_night_is_what_was_told(eight: Eight) -> None:
    with as_told.reading(eight.published(EIGHTH), eight.country / "truth", NIGHTS) as connection:
        found = {(day, night): as_told.differences(connection, day, night) for day in NIGHTS for night in NIGHTS}
        arrivals = dict(
            connection.execute(
                "select arrival, count(*) from marts.household.household_versions group by all"
            ).fetchall()
        )
    assert len(found) == len(NIGHTS) ** 2
    assert {pair: counts for pair, counts in found.items() if any(counts.values())} == {}
    assert arrivals["correction"] > len(NIGHTS), "the country has corrections"
    assert arrivals["late"] > 0, "and late news"


def test_what_is_told_of_a_day_changes_with_the_nights(eight: Eight) -> None:
    """Else the test above would compare nothing."""
    with as_told.reading(eight.published(EIGHTH), eight.country / "truth", NIGHTS) as connection:
        changed = connection.execute(
            """
            select count(*) from households as early
            inner join households as late using (household_key, day)
            where early.told_by = early.day and late.told_by = ? and early.day < late.told_by
            and (early.main_cause, early.water_safe, early.housing_grade)
            is distinct from (late.main_cause, late.water_safe, late.housing_grade)
            """,
            [EIGHTH],
        ).fetchone()
    assert changed is not None
    assert changed[0] > len(NIGHTS)


def _rebuilt(eight: Eight, root: Path, night: date, layers: tuple[str, ...]) -> Home:
    """A home with the whole lake of eight nights, in which a past night is built from nothing."""
    home = Home(root)
    shutil.copytree(eight.home.lake, home.lake)
    for layer in layers:
        build_layer(home, Settings(home=root, batches=1), night, layer)
    return home


def test_the_third_night_rebuilt_on_the_eighth_is_the_one_that_was_published(eight: Eight, tmp_path: Path) -> None:
    home = _rebuilt(eight, tmp_path / "home", THIRD, ALL_LAYERS)
    with reading(eight.settings, eight.published(THIRD), "p") as connection:
        was = table_hashes(connection, database="p")
    with reading(eight.settings, home.warehouse, "w") as connection:
        now = table_hashes(connection, MART_SCHEMAS, database="w")
    assert {name for name in was | now if was.get(name) != now.get(name)} == set()


def test_the_fifth_night_carried_over_from_night_to_night_is_a_full_build(eight: Eight, tmp_path: Path) -> None:
    home = _rebuilt(eight, tmp_path / "home", FIFTH, UP_TO_MARTS)
    with connect(eight.settings, home.warehouse, read_only=True) as connection:
        full = table_hashes(connection, AUDITED_SCHEMAS)
    assert {name for name in full | eight.fifth if full.get(name) != eight.fifth.get(name)} == set()


def test_exits_and_returns_are_those_of_the_generator_for_every_household(eight: Eight) -> None:
    """All counties, all households on the eighth night: who is there, where it stands, and since which step."""
    with as_told.reading(eight.published(EIGHTH), eight.country / "truth", NIGHTS) as connection:
        truth = eight.country / "truth" / f"{EIGHTH}" / "households.parquet"
        compared = connection.execute(
            f"""
            with truth as (
                select
                    county.county_id || '-' || h.household_id as household_key,
                    h.exit_flag,
                    case h.exit_flag
                        when '1' then 'exited' when '2' then 'pre_exit' when '3' then 'returned'
                    end as track
                from read_parquet('{truth}') as h
                inner join county on h.county_code = county.place_code
            )
            select
                count(*),
                count(*) filter (where t.track = 'exited'),
                count(*) filter (where t.track = 'returned'),
                count(*) filter (where t.household_key is null or m.household_key is null),
                count(*) filter (where m.exit_flag is distinct from t.exit_flag),
                count(*) filter (where coalesce(t.track, m.status) <> m.status),
                count(*) filter (
                    where t.track is distinct from s.state
                    and (t.track is not null or coalesce(s.state, '') not in ('candidate', 'registered'))
                )
            from truth as t
            full join marts.household.households as m on t.household_key = m.household_key
            left join marts.household.status_history as s
                on m.household_key = s.household_key and s.track = 'registered' and s.valid_until is null
            """
        ).fetchone()
    assert compared is not None
    households, exited, returned, *different = compared
    assert households > exited > returned > 0
    assert different == [0, 0, 0, 0], "not on both sides; flag, status, last step of the history"
