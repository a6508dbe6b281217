"""Eight nights of corrections, late news and households under new numbers: every past day, as known on every night."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from include import night as steps
from include.country.make import make_country
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings
from include.warehouse import versions
from include.warehouse.content_hash import combined, table_hashes
from include.warehouse.dbt import build_layer
from tests.e2e import as_told

pytestmark = pytest.mark.long

NIGHTS = tuple(date(2026, 11, 20) + timedelta(days=n) for n in range(8))
TO_PEOPLE = {"publish_quality", "letters", "board"}
LAYERS = ("seeds", "staging_intermediate", "marts", "quality")


@dataclass(frozen=True)
class Eight:
    """A country of eight nights and the home in which all of them were run."""

    country: Path
    home: Home
    settings: Settings


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eight]:
    """Four counties, 400 households; each night up to its published marts."""
    base = tmp_path_factory.mktemp("eight")
    home, settings = Home(base / "home"), Settings(home=base / "home", batches=1)
    make_country(base / "country", 4, 400, len(NIGHTS), 5, "none", NIGHTS[0], retelling=True)
    for night in NIGHTS:
        deliver(base / "country", home, night)
        for name, task in steps.tasks(home, settings, night):
            if name not in TO_PEOPLE:
                task()
    yield Eight(base / "country", home, settings)


def _published(home: Home, night: date) -> Path:
    return home.published / max(v for v in versions.versions(home, "marts") if v.night == night).file_name


def test_every_day_as_known_on_every_night_is_what_was_told(eight: Eight) -> None:
    file = (eight.home.published / "marts.duckdb").resolve()
    with as_told.reading(file, eight.country / "truth", NIGHTS) as connection:
        found = {(day, night): as_told.differences(connection, day, night) for day in NIGHTS for night in NIGHTS}
        arrivals = dict(
            connection.execute(
                "select arrival, count(*) from marts.household.household_versions group by all"
            ).fetchall()
        )
    assert len(found) == len(NIGHTS) ** 2
    assert {pair: counts for pair, counts in found.items() if any(counts.values())} == {}
    assert arrivals["correction"] > len(NIGHTS), "the country has corrections"


def test_a_past_night_is_what_was_known_then(eight: Eight) -> None:
    """What was told of a day changes with what came after it: else the test above would compare nothing."""
    with as_told.reading(_published(eight.home, NIGHTS[-1]), eight.country / "truth", NIGHTS) as connection:
        changed = connection.execute(
            """
            select count(*) from households as early
            inner join households as late using (household_key, day)
            where early.told_by = early.day and late.told_by = ? and early.day < late.told_by
            and (early.main_cause, early.water_safe, early.housing_grade)
            is distinct from (late.main_cause, late.water_safe, late.housing_grade)
            """,
            [NIGHTS[-1]],
        ).fetchone()
    assert changed is not None
    assert changed[0] > len(NIGHTS)


def test_the_third_night_built_again_on_the_eighth_is_the_same(eight: Eight, tmp_path: Path) -> None:
    """The whole lake of eight nights, a warehouse of its own: the marts of night 3 as they were published then."""
    again = Home(tmp_path / "home")
    shutil.copytree(eight.home.lake, again.lake)
    settings = Settings(home=again.root, batches=1)
    for layer in LAYERS:
        build_layer(again, settings, NIGHTS[2], layer)
    hashes = []
    for file in (again.warehouse, _published(eight.home, NIGHTS[2])):
        with duckdb.connect() as connection:
            connection.execute(f"attach '{file}' as p (read_only)")
            hashes.append(table_hashes(connection, database="p"))
    assert {name for name in hashes[0] if hashes[0][name] != hashes[1].get(name)} == set()
    assert combined(hashes[0]) == combined(hashes[1])
