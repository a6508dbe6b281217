"""`python -m benchmarks.board`: how long the board of a whole nation takes, from a quality file made for it.

The figures of the file are drawn, not a night's: what is measured is reading the counts and writing the pages. Every
county has a history of nights, findings that come and are cleared, and held households.
"""

from __future__ import annotations

import csv
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.machine import machine
from include.duck import connect
from include.home import Home
from include.rules.catalogue import catalogue
from include.seeds import SEEDS
from include.settings import Settings
from include.warehouse.versions import Version, point
from include.watch.board import write_board

NIGHT = date(2026, 11, 21)
LIMIT_BYTES = 2_000_000
"""What a page may weigh, so that it opens at once from a file share."""


def bench(
    counties: Annotated[int, typer.Option(help="How many counties, in order of their codes.", min=1)] = 2_844,
    nights: Annotated[int, typer.Option(help="Nights of history in the file.", min=1)] = 60,
    findings: Annotated[int, typer.Option(help="Findings of all counties together.", min=1)] = 1_000_000,
    scratch: Annotated[Path | None, typer.Option(help="Empty folder for everything; kept.")] = None,
) -> None:
    """Make a quality file and an open file, write the board of their last night twice, say seconds and sizes."""
    if scratch and scratch.exists() and any(scratch.iterdir()):
        raise typer.BadParameter(f"{scratch} is not an empty folder; name one that is empty or not there yet")
    with tempfile.TemporaryDirectory(prefix="targeted-bench-board-") as own:
        home = Home((scratch or Path(own)).absolute())
        settings = Settings(home=home.root)
        home.published.mkdir(parents=True, exist_ok=True)
        _make_quality(home, settings, counties, nights, findings)
        _make_open(home, settings)
        typer.echo(
            f"SYNTHETIC 模拟数据. {machine(settings)}; {counties:,} counties, {nights} nights, {findings:,} findings"
        )
        for name in ("first", "again, nothing changed"):
            wall, cpu = time.perf_counter(), time.process_time()
            result = write_board(home, settings, NIGHT)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            typer.echo(f"{name}: {result.counts['pages']:,} pages, wall {wall:.1f} s, CPU {cpu:.1f} s")
        sizes = {page: page.stat().st_size for page in home.board.rglob("*.html")}
        largest = max(sizes, key=lambda page: sizes[page])
        typer.echo(
            f"{sum(sizes.values()) / 1e6:.1f} MB in all; the largest page is "
            f"{largest.relative_to(home.board)} with {sizes[largest] / 1e3:.0f} kB"
        )
        if sizes[largest] > LIMIT_BYTES:
            raise typer.Exit(1)


def county_codes(counties: int) -> list[str]:
    """The codes of the first so many counties in force; raises BadParameter when there are fewer."""
    with (SEEDS / "places.csv").open(encoding="utf-8", newline="") as file:
        codes = [row["place_code"] for row in csv.DictReader(file) if row["level"] == "county" and not row["valid_to"]]
    if counties > len(codes):
        raise typer.BadParameter(f"the seed of places has {len(codes):,} counties")
    return codes[:counties]


def _make_quality(home: Home, settings: Settings, counties: int, nights: int, findings: int) -> None:
    """quality-<night>-1.duckdb with the columns that the board reads; nothing in it is of a household."""
    version = Version(NIGHT, 1, "quality")
    rules = [rule.id for rule in catalogue()]
    with connect(settings, home.published / version.file_name) as connection:
        connection.execute("create schema quality")
        connection.execute(
            "create temp table county as select unnest(?::varchar[]) as submitter", [county_codes(counties)]
        )
        connection.execute("create temp table rule as select unnest(?::varchar[]) as rule", [rules])
        connection.execute(_QUALITY, {"first": NIGHT - timedelta(days=nights - 1), "night": NIGHT})
        for statement in _TABLES:
            values = {"night": NIGHT, "span": nights, "findings": findings}
            connection.execute(statement, {name: value for name, value in values.items() if f"${name}" in statement})
    point(home, version)


def _make_open(home: Home, settings: Settings) -> None:
    version = Version(NIGHT, 1, "marts_open")
    with connect(settings, home.published / version.file_name) as connection:
        connection.execute(f"attach '{home.published / 'quality.duckdb'}' as q (read_only)")
        for statement in _OPEN:
            connection.execute(statement, {"night": NIGHT} if "$night" in statement else None)
    point(home, version)


_QUALITY = """
    create temp table office_night as
    select submitter, cast(night as date) as night, hash(submitter, night) % 100 as draw
    from county cross join generate_series($first::date, $night::date, interval 1 day) as nights(night)
"""
_TABLES = (
    """
    create table quality.reporting as
    select submitter, 'county' as submitter_kind, submitter as county_id, night,
        case when draw < 4 then 'missing' when draw < 6 then 'refused' when draw < 40 then 'nothing_due'
            else 'received' end as state,
        case when draw < 4 then 'missing' when draw < 6 then 'rejected' when draw < 40 then 'nothing_due'
            when draw < 60 then 'accepted' when draw < 90 then 'accepted_with_queries' else 'partly_accepted' end
            as outcome,
        case when draw between 4 and 5 then 'package-without-manifest' end as reason,
        cast(null as varchar) as later_outcome, cast(null as varchar) as later_reason, 0 as withdrawn
    from office_night
    """,
    """
    create table quality.attempts as
    select submitter || '-' || night as attempt_id, submitter, submitter as county_id, 1 as number,
        night, 'changes' as kind, night as as_of, draw < 40 as nothing_due, cast(null as date) as withdrawn_night,
        night + interval 22 hour as arrived_at,
        case when draw < 6 then 'rejected' when draw < 60 then 'accepted' when draw < 90 then 'accepted_with_queries'
            else 'partly_accepted' end as state,
        case when draw < 6 then 'package-without-manifest' end as refusal, cast(null as varchar) as reason,
        case when draw < 6 then 0 else 30_000 end as received,
        case when draw < 6 then 0 else 29_990 - draw end as accepted,
        case when draw < 6 then 0 else draw end as held, case when draw < 6 then 0 else 10 end as rejected
    from office_night where draw >= 4
    """,
    """
    create table quality.findings as
    with drawn as (
        select range as number, hash(range) as draw,
            cast($night::date - cast(hash(range, 1) % $span as integer) as date) as first_night,
            cast(hash(range) % (select count(*) from county) as bigint) as county_place,
            cast(hash(range, 2) % (select count(*) from rule) as bigint) as rule_place
        from range($findings)
    ),
    counties as (select submitter, row_number() over () - 1 as county_place from county),
    rules as (select rule, row_number() over () - 1 as rule_place from rule),
    named as (
        select * from drawn inner join counties using (county_place) inner join rules using (rule_place)
    ),
    told as (
    select number as finding_id, rule,
        ['reject', 'must_fix', 'explain', 'advice'][1 + cast(hash(rule) % 4 as bigint)] as severity,
        false as trial, submitter, submitter as county_id, submitter || number as household_key, first_night,
        case when draw % 3 > 0 and first_night < $night then 'cleared'
            when first_night = $night then 'new' else 'standing' end as state,
        case when draw % 3 > 0 and first_night < $night
            then least(first_night + cast(1 + draw % 9 as integer), $night::date) end as cleared_night,
        $night::date as last_night
    from named
    )
    select *, cleared_night is null as is_open, cleared_night as closed_night from told
    """,
    """
    create table quality.held_households as
    select household_key, submitter || '-' || $night as attempt_id, false as provisional,
        first_night as held_since_night,
        first_night + 14 as decide_by, rule as held_by
    from quality.findings where state = 'standing' and severity = 'must_fix'
    """,
    """
    create table quality.rules as
    select rule, 'must_fix' as severity, '规则 ' || rule as title_zh, 'Rule ' || rule as title_en,
        '按通知书修正' as mend_zh, 'Mend by the letter' as mend_en, 'why' as why, false as trial
    from rule
    """,
    """
    create table quality.verdicts as
    select submitter || '-' || night as attempt_id, submitter, night,
        'breaker-households-vanished' as rule, 'hold' as verdict, cast(0.2 as double) as measured,
        cast(0.1 as double) as threshold
    from office_night where draw = 99
    """,
    """
    create table quality.releases as select attempt_id from quality.attempts where false
    """,
    """
    create table quality.gate_results as
    select $night::date as night, unnest(['submissions', 'warehouse', 'marts', 'published', 'disclosure']) as stage,
        'blocking' as suite, 'check' as check_id, 'A check' as description, true as success, '0' as observed,
        '0' as expected, false as exception, '' as todo, 'critical' as severity, cast(null as varchar) as examples
    """,
)
_OPEN = (
    "create schema quality",
    "create schema zone",
    "create table quality.publication as select $night::date as night",
    """
    create table zone.area_summary as
    with areas as (
        select 'county' as area_kind, submitter as area_code from q.quality.reporting
        union select 'province', left(submitter, 2) from q.quality.reporting
        union select 'nation', 'CN'
    )
    select area_kind, area_code, 10_000 as households, 35_000 as persons, 3_000 as households_in_need from areas
    """,
    """
    create table zone.poverty_monthly as
    select area_kind, area_code, month, weight, 10_000 as registered, 0.1 as share_of_registered_below_line
    from zone.area_summary
    cross join (select unnest([date '2026-10-01', date '2026-11-01']) as month)
    cross join (select unnest(['households', 'persons']) as weight)
    """,
    """
    create table zone.cause_profile as
    select area_kind, area_code, date '2026-11-01' as month, '01' as cause, '因病' as cause_zh, 'illness' as cause_en,
        3_000 as main_households, 60.0 as main_percent
    from zone.area_summary
    """,
    "create table zone.zones as select 'A01' as zone_id, '片区' as name_zh, 'Zone' as name_en, 'deep_poverty' as kind",
)

if __name__ == "__main__":
    typer.run(bench)
