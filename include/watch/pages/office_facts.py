"""What each office did on the last nights and what is wrong with what it sent, from quality.duckdb: counts alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from include.contract.words import Label, severity_order
from include.duck import connect
from include.settings import Settings
from include.watch.board_facts import OFFICES_OF_NIGHTS, Row, is_reported, rows

NIGHTS_SHOWN = 14
"""Nights of the history on a page: the fortnight after which a held household is overdue."""


@dataclass(frozen=True)
class Offices:
    """History and findings by office; a night on which an office had no inbox account is not in its history."""

    nights: tuple[date, ...] = ()  # oldest first, tonight last
    history: dict[str, tuple[Row, ...]] = field(default_factory=dict)  # night, state, rows, findings open, new, cleared
    rules: dict[str, tuple[Row, ...]] = field(default_factory=dict)  # rule, severity, new, standing, cleared, ...
    catalogue: dict[str, Row] = field(default_factory=dict)  # each rule with its texts and its yield
    scores: dict[str, tuple[Row, ...]] = field(default_factory=dict)  # night, score, points
    scorecards: dict[str, tuple[Row, ...]] = field(default_factory=dict)  # tonight's indicators

    @property
    def previous(self) -> date | None:
        """The night before tonight, when there was one."""
        return self.nights[-2] if len(self.nights) > 1 else None

    def title(self, rule: str) -> Label | None:
        """The title of a rule of the catalogue."""
        known = self.catalogue.get(rule)
        return Label(known["title_zh"], known["title_en"]) if known else None

    def state_on(self, submitter: str, night: date | None) -> str | None:
        """The state of an office on a night that is shown."""
        return next((row["state"] for row in self.history.get(submitter, ()) if row["night"] == night), None)

    def silent_nights(self, submitter: str) -> int:
        """For how many nights in a row, tonight included, nothing of an office could be taken."""
        count = 0
        for row in reversed(self.history.get(submitter, ())):
            if is_reported(row):
                break
            count += 1
        return count


def read_offices(settings: Settings, quality: Path, night: date) -> Offices:
    """Histories and findings up to a night; raises duckdb.Error when the file cannot be read."""
    with connect(settings, quality, read_only=True) as connection:
        nights = sorted(row["night"] for row in rows(connection, _NIGHTS, {"night": night, "shown": NIGHTS_SHOWN}))
        if not nights:
            return Offices()
        values = {"night": night, "first": nights[0]}
        return Offices(
            tuple(nights),
            _by_office(rows(connection, _HISTORY, values)),
            _by_office(rows(connection, _FOUND, {"night": night})),
            {row["rule"]: row for row in rows(connection, _CATALOGUE, {"night": night})},
            _by_office(rows(connection, _SCORES, values)) if _is_scored(connection) else {},
            _by_office(rows(connection, _SCORECARDS, {"night": night})) if _is_scored(connection) else {},
        )


def _is_scored(connection: duckdb.DuckDBPyConnection) -> bool:
    """False on a night whose quality layer was not built: then there are no scores."""
    return bool(rows(connection, "select 1 from duckdb_tables() where table_name = 'county_scorecards'", {}))


def _by_office(found: list[Row]) -> dict[str, tuple[Row, ...]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        grouped[row["submitter"]].append(row)
    return {submitter: tuple(members) for submitter, members in grouped.items()}


_SCORES = """
    select reporting.submitter, scores.night, scores.score
    from quality.county_scores as scores
    inner join quality.reporting as reporting
        on reporting.county_id = scores.county_id and reporting.night = $night
    where reporting.submitter_kind = 'county' and scores.night between $first and $night
    order by reporting.submitter, scores.night
"""
_SCORECARDS = """
    select reporting.submitter, cards.dimension, cards.name_zh, cards.name_en, cards.numerator, cards.denominator,
        cards.weight, cards.points
    from quality.county_scorecards as cards
    inner join quality.reporting as reporting
        on reporting.county_id = cards.county_id and reporting.night = cards.night
    where reporting.submitter_kind = 'county' and cards.night = $night
    order by reporting.submitter, list_position(
        ['completeness', 'timeliness', 'validity', 'consistency', 'correction_speed'], cards.dimension), cards.indicator
"""
_NIGHTS = "select distinct night from quality.reporting where night <= $night order by night desc limit $shown"
# Findings are counted by their first night and the night they were closed before they meet the nights: few rows do.
_HISTORY = f"""
    with offices as ({OFFICES_OF_NIGHTS} where night between $first and $night),
    rows_of as (
        select submitter, night, sum(received) as received, sum(accepted) as accepted, sum(held) as held,
            sum(rejected) as rejected
        from quality.attempts where night between $first and $night group by submitter, night
    ),
    found as (
        select county_id, greatest(first_night, $first) as first_night, closed_night, count(*) as findings
        from quality.findings
        where not trial and first_night <= $night and (closed_night is null or closed_night > $first)
        group by all
    ),
    moved as (
        select county_id, first_night as night, 1 as fresh, 0 as cleared from quality.findings
        where not trial and first_night between $first and $night
            and (closed_night is null or closed_night > first_night)
        union all
        select county_id, cleared_night, 0, 1 from quality.findings
        where not trial and cleared_night between $first and $night
    ),
    moves as (select county_id, night, sum(fresh) as fresh, sum(cleared) as cleared from moved group by all),
    open_then as (
        select offices.for_county, offices.night, sum(found.findings) as findings
        from offices
        inner join found
            on found.county_id = offices.for_county and found.first_night <= offices.night
            and (found.closed_night is null or found.closed_night > offices.night)
        group by all
    )
    select offices.submitter, offices.night, offices.state,
        cast(coalesce(rows_of.received, 0) as bigint) as received,
        cast(coalesce(rows_of.accepted, 0) as bigint) as accepted,
        cast(coalesce(rows_of.held, 0) as bigint) as held,
        cast(coalesce(rows_of.rejected, 0) as bigint) as rejected,
        cast(coalesce(open_then.findings, 0) as bigint) as findings,
        cast(coalesce(moves.fresh, 0) as bigint) as fresh, cast(coalesce(moves.cleared, 0) as bigint) as cleared
    from offices
    left join rows_of using (submitter, night)
    left join open_then on open_then.for_county = offices.for_county and open_then.night = offices.night
    left join moves on moves.county_id = offices.for_county and moves.night = offices.night
    order by offices.submitter, offices.night
"""
_FOUND = f"""
    with offices as ({OFFICES_OF_NIGHTS} where night = $night)
    select offices.submitter, rule, severity, bool_or(trial) as trial,
        count(*) filter (where is_open and first_night < $night) as standing,
        count(*) filter (where is_open and first_night = $night) as fresh,
        count(*) filter (where findings.state = 'cleared') as cleared,
        count(distinct household_key) filter (where is_open) as households,
        min(first_night) filter (where is_open) as since
    from quality.findings as findings
    inner join offices on offices.for_county = findings.county_id
    where first_night <= $night and (is_open or cleared_night = $night)
    group by offices.submitter, rule, severity
    order by offices.submitter, {severity_order()}, standing + fresh desc,
        rule
"""
_CATALOGUE = f"""
    with found as (
        select rule, count(*) as hits, count(*) filter (where is_open) as still,
            count(*) filter (where state = 'cleared') as cleared,
            count(*) filter (where is_open and first_night = $night) as fresh,
            count(*) filter (where cleared_night = $night) as cleared_tonight,
            count(distinct county_id) filter (where is_open) as offices,
            count(distinct household_key) filter (where is_open) as households
        from quality.findings where first_night <= $night group by rule
    )
    select rules.rule, rules.severity, rules.title_zh, rules.title_en, rules.mend_zh, rules.mend_en, rules.why,
        rules.trial, coalesce(found.hits, 0) as hits, coalesce(found.still, 0) as still,
        coalesce(found.cleared, 0) as cleared, coalesce(found.fresh, 0) as fresh,
        coalesce(found.cleared_tonight, 0) as cleared_tonight, coalesce(found.offices, 0) as offices,
        coalesce(found.households, 0) as households
    from quality.rules as rules left join found using (rule)
    order by {severity_order("rules.severity")}, hits desc, rules.rule
"""
