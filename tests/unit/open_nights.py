"""A small country whose register changes a little every night, and the open files that are published of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import duckdb

from include.duck import insert_rows
from include.home import Home
from include.settings import Settings
from include.warehouse import versions
from include.warehouse.disclosure import build_open

FIRST_NIGHT, NIGHTS = date(2026, 11, 1), 37  # the whole of November, and December beyond the day it is cut
CAUSES = ("01", "02", "03")
Area = tuple[str, str]
ZONE_OF = {"A01": (0, 1, 4, 7), "Z1": (2, 3, 4, 9, 10, 15), "Z2": (12, 17)}  # villages, across counties
VILLAGES = tuple(f"{51 + n // 12}{34 + n // 6}{31 + n // 2}{100 + n:06d}" for n in range(24))  # two in a county


@dataclass(frozen=True)
class Household:
    """One household of the register."""

    village: int
    cause: str
    poor: bool
    members: int
    gap: str | None

    def weighs(self, weight: str) -> int:
        """One household, or its members."""
        return self.members if weight == "persons" else 1


def register(random: Random) -> list[Household]:
    """Villages of 1 to 60 households, few of some causes: many a county has about as many as may just be told."""
    made = []
    for village in range(len(VILLAGES)):
        for cause in CAUSES:
            for _ in range(random.choice((0, 0, 1, 2, 3, 6, 20))):
                made.append(_household(random, village, cause))
    return made


def _household(random: Random, village: int, cause: str) -> Household:
    gap = random.choice((None, None, None, "no_helper", "helper_not_in_office"))
    return Household(village, cause, random.random() < 0.5, random.randint(1, 5), gap)


def next_night(random: Random, before: Sequence[Household]) -> list[Household]:
    """A few enter, leave, change their cause or get a helper; most villages stay as they are."""
    after = list(before)
    for _ in range(random.randrange(4)):
        at = random.randrange(len(after))
        change = random.choice(("enter", "leave", "cause", "helper"))
        if change == "enter":
            after.append(_household(random, random.randrange(len(VILLAGES)), random.choice(CAUSES)))
        elif change == "leave":
            after.pop(at)
        elif change == "cause":
            after[at] = replace(after[at], cause=random.choice(CAUSES))
        else:
            after[at] = replace(after[at], gap=None)
    return after


@dataclass(frozen=True)
class Night:
    """A published night and the truth behind it."""

    night: date
    households: tuple[Household, ...]
    path: Path
    """The open file."""

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Ask the open file."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(query).fetchall()


def publish_nights(root: Path, seed: int, nights: int = NIGHTS) -> Iterator[Night]:
    """Publish the open file of each night as the night does, one after the other."""
    random = Random(seed)  # noqa: S311 a test's draw
    home, settings = Home(root), Settings(home=root)
    home.published.mkdir(parents=True)
    households = register(random)
    closed: dict[date, list[Household]] = {}
    for night in (FIRST_NIGHT + timedelta(days=n) for n in range(nights)):
        month = night.replace(day=1)
        if night > FIRST_NIGHT and night.day == 1:
            closed[(month - timedelta(days=1)).replace(day=1)] = households
        households = next_night(random, households)
        closed[month] = households
        write_marts(versions.begin_candidate(home, "marts"), night, households, closed)
        build_open(home, settings, night)
        version = versions.Version(night, 1, "marts_open")
        path = versions.put_in_place(home, version)
        versions.point(home, version)
        yield Night(night, tuple(households), path)


def areas_of(village: int) -> list[Area]:
    """Every area of the open tables that a village lies in."""
    code = VILLAGES[village]
    zones = [("zone", zone) for zone, members in ZONE_OF.items() if village in members]
    return [("nation", "CN"), ("province", code[:2]), ("prefecture", code[:4]), ("county", code[:6]), *zones]


def write_marts(path: Path, night: date, tonight: Sequence[Household], months: dict[date, list[Household]]) -> None:
    """Write the marts of a night that the open file is made from: its register, and the figures of some months."""
    with duckdb.connect(str(path)) as marts:
        marts.execute(_TABLES)
        insert_rows(marts, "household.standards", [["suppression_min_cell", "CN", 10, True]])
        insert_rows(marts, "quality.publication", [[night, None, 1, "SYNTHETIC"]])
        rows = [[f"h{n}", h.village, h.gap] for n, h in enumerate(tonight)]
        insert_rows(marts, "registered", rows)
        insert_rows(marts, "village", [[n, code] for n, code in enumerate(VILLAGES)])
        insert_rows(marts, "zone.place_zones", [[VILLAGES[v], zone] for zone, vs in ZONE_OF.items() for v in vs])
        marts.execute(_FROM_REGISTER)
        for month, households in months.items():
            cut = month < night.replace(day=1) and night.day >= 5
            if month >= night.replace(day=1) - timedelta(days=31):
                _write_month(marts, month, "cut" if cut else "running", households)


def _write_month(marts: duckdb.DuckDBPyConnection, month: date, vintage: str, households: Sequence[Household]) -> None:
    tallies = {weight: (Counter[Area](), Counter[Area]()) for weight in ("households", "persons")}
    caused: Counter[tuple[Area, str]] = Counter()
    for household in households:
        for area in areas_of(household.village):
            caused[area, household.cause] += 1
            for weight, (registered, poor) in tallies.items():
                registered[area] += household.weighs(weight)
                poor[area] += household.poor * household.weighs(weight)
    for weight, (registered, poor) in tallies.items():
        poverty = []
        for area, n in registered.items():
            share = poor[area] / n
            numbers = [n, n, poor[area], *[share] * 4, n, *[share] * 3]
            poverty.append([*area, month, vintage, "poverty_line", "after_assistance", weight, *numbers])
        insert_rows(marts, "zone.poverty_monthly", poverty)
    households_of, _ = tallies["households"]
    insert_rows(
        marts,
        "zone.cause_profile",
        [
            [*area, month, vintage, *[cause] * 3, caused[area, cause], 100 * caused[area, cause] / n, n]
            for area, n in households_of.items()
            for cause in CAUSES
        ],
    )


_TABLES = """
create schema household; create schema zone; create schema responsibility; create schema quality;
create table registered (household_key varchar, village integer, gap varchar);
create table village (village integer, village_code varchar);
create table household.standards (
    subject varchar, jurisdiction varchar, value double, in_force boolean
);
create table responsibility.pairing_promises (
    helped_place_code varchar, indicator varchar, state varchar, sides varchar
);
create table responsibility.designation_promises (
    helped_place_code varchar, indicator varchar, state varchar, sides varchar, told_twice boolean
);
create table responsibility.designations (
    designation_id varchar, unit_name varchar, unit_kind varchar, level varchar, helped_place_code varchar,
    from_date date, to_date date, state varchar, days_without integer
);
create table zone.experiences (
    experience_key varchar, submitter varchar, title varchar, measure_code varchar, measure_zh varchar,
    measure_en varchar, cause varchar, cause_zh varchar, cause_en varchar, place_code varchar, from_date date,
    what_was_done varchar, how_it_was_done varchar, result varchar, unit_name varchar
);
create table quality.publication (night date, known_at timestamp, number integer, mark varchar);
create table quality.reporting (submitter varchar, submitter_kind varchar, night date, state varchar);
create table zone.zones (
    zone_id varchar, name_zh varchar, name_en varchar, kind varchar, restricted boolean, valid_from date, valid_to date,
    source varchar
);
create table zone.place_zones (place_code varchar, zone_id varchar);
create table zone.practices (
    measure_code varchar, measure_zh varchar, measure_en varchar, outcome varchar, income_year integer, zone_id varchar,
    cause varchar, grade varchar, finding varchar, refused_because varchar, effect double, effect_low double,
    effect_high double
);
create table zone.poverty_monthly (
    area_kind varchar, area_code varchar, month date, vintage varchar, line varchar, income varchar, weight varchar,
    registered bigint, known_income bigint, below_line bigint, share_of_registered_below_line double,
    poverty_gap double, poverty_severity double, gini_among_registered double, multidimensional_known bigint,
    multidimensional_headcount double, multidimensional_intensity double, multidimensional_adjusted_headcount double
);
create table zone.cause_profile (
    area_kind varchar, area_code varchar, month date, vintage varchar, cause varchar, cause_zh varchar,
    cause_en varchar, main_households bigint, main_percent double, households bigint
);
"""
_FROM_REGISTER = """
create table household.households as
select household_key, village_code[:2] as province_code, village_code[:4] as prefecture_code,
    village_code[:6] as county_code, village_code, village_code[:6] as county_id, true as in_need
from registered inner join village using (village);
create table responsibility.duty_gaps as select household_key, gap from registered where gap is not null;
"""
