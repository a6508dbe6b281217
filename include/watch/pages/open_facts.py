"""What readers get this morning, from marts_open.duckdb alone: a figure that is hidden there is not here either."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from include.duck import connect
from include.settings import Settings
from include.watch.board_facts import Row, rows

Area = tuple[str, str]
"""Kind and code of an area: ("province", "51")."""

NATION: Area = ("nation", "CN")


@dataclass(frozen=True)
class Served:
    """The published figures by area; an area that is not there has none."""

    night: date
    areas: dict[Area, Row]  # households, persons, households_in_need
    months: dict[Area, tuple[Row, ...]] = field(default_factory=dict)  # month, registered, share, gini; oldest first
    causes: dict[Area, tuple[Row, ...]] = field(default_factory=dict)  # of the newest month, the commonest first
    gaps: dict[Area, tuple[Row, ...]] = field(default_factory=dict)  # gap, households
    promises: dict[Area, tuple[Row, ...]] = field(default_factory=dict)  # by scheme: what became of them
    left_without: tuple[Row, ...] = ()  # places whose designated unit left and nobody came; the longest first
    zones: tuple[Row, ...] = ()
    experiences: tuple[Row, ...] = ()  # what counties pass on, with the zones that each is suggested to
    practices: tuple[Row, ...] = ()  # by measure: finding, effect with interval, grade, or why it is refused

    @property
    def monthly(self) -> bool:
        """Whether there is more than one month, so that a line over the months says something."""
        return any(len(months) > 1 for months in self.months.values())

    def area(self, kind: str, code: str) -> Row:
        """Figures of an area; every one None when the file has none."""
        return self.areas.get((kind, code), {"households": None, "persons": None, "households_in_need": None})

    def share(self, kind: str, code: str) -> float | None:
        """The newest share below the line."""
        months = self.months.get((kind, code))
        return months[-1]["share"] if months else None


def read_served(settings: Settings, marts_open: Path) -> Served:
    """The published figures; raises duckdb.Error when the file cannot be read."""
    with connect(settings, marts_open, read_only=True) as connection:
        tables = {row["table_name"] for row in rows(connection, "select table_name from duckdb_tables()")}
        gaps = rows(connection, _GAPS) if "duty_gap_counts" in tables else []
        promises = rows(connection, _PROMISES) if "promise_counts" in tables else []
        left_without = rows(connection, _LEFT_WITHOUT) if "designations" in tables else []
        experiences = rows(connection, _EXPERIENCES) if "experience_zones" in tables else []
        practices = rows(connection, _PRACTICES) if "practices" in tables else []
        return Served(
            rows(connection, "select night from quality.publication")[0]["night"],
            {(row["area_kind"], row["area_code"]): row for row in rows(connection, _AREAS)},
            _by_area(rows(connection, _MONTHS)),
            _by_area(rows(connection, _CAUSES)),
            _by_area(gaps),
            _by_area(promises),
            tuple(left_without),
            tuple(rows(connection, _ZONES)),
            tuple(experiences),
            tuple(practices),
        )


def _by_area(found: list[Row]) -> dict[Area, tuple[Row, ...]]:
    grouped: dict[Area, list[Row]] = defaultdict(list)
    for row in found:
        grouped[row["area_kind"], row["area_code"]].append(row)
    return {area: tuple(members) for area, members in grouped.items()}


_AREAS = "select area_kind, area_code, households, persons, households_in_need from zone.area_summary"
_MONTHS = """
    select area_kind, area_code, month,
        max(registered) filter (where weight = 'households') as households,
        max(registered) filter (where weight = 'persons') as persons,
        max(share_of_registered_below_line) filter (where weight = 'persons') as share
    from zone.poverty_monthly where area_kind <> 'prefecture'
    group by area_kind, area_code, month order by area_kind, area_code, month
"""
_CAUSES = """
    select area_kind, area_code, cause, cause_zh, cause_en, main_households as households, main_percent as percent
    from zone.cause_profile
    where cause <> 'all' and month = (select max(month) from zone.cause_profile)
    order by area_kind, area_code, main_households desc nulls last, cause
"""
_GAPS = "select area_kind, area_code, gap, households from responsibility.duty_gap_counts order by all"
_PROMISES = """
    select area_kind, area_code, scheme, sum(kept) as kept, sum(short) as short, sum(running) as running,
        sum(sides_differ) as sides_differ, sum(one_side_alone) as one_side_alone, sum(told_twice) as told_twice
    from responsibility.promise_counts group by area_kind, area_code, scheme order by all
"""
_LEFT_WITHOUT = """
    select helped_place_code, unit_name, to_date, days_without from responsibility.designations
    where state = 'ended_without_successor' order by days_without desc, helped_place_code
"""
_ZONES = "select zone_id, name_zh, name_en, kind from zone.zones order by kind, zone_id"
_EXPERIENCES = """
    select e.experience_key, e.submitter, e.title, e.measure_zh, e.measure_en, e.cause, e.cause_zh, e.cause_en,
        e.place_code, e.from_date, e.what_was_done, e.how_it_was_done, e.result, e.unit_name,
        list(z.name_zh order by s.cause_rank, z.zone_id) filter (where z.zone_id is not null) as zones_zh,
        list(coalesce(z.name_en, z.name_zh) order by s.cause_rank, z.zone_id)
            filter (where z.zone_id is not null) as zones_en
    from zone.experiences as e
    left join zone.experience_zones as s using (experience_key)
    left join zone.zones as z on s.zone_id = z.zone_id
    group by all order by e.measure_zh, e.experience_key
"""
_PRACTICES = """
    select measure_zh, measure_en, income_year, grade, finding, refused_because, whole_effect, whole_low, whole_high
    from zone.practices order by grade, measure_code
"""
