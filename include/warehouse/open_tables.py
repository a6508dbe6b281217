"""What marts_open.duckdb may hold: its tables, their columns, and which counts guard which columns.

Aggregates alone. A column that is not named here does not reach the file. Figures whose differences would be small are
left out rather than guarded: only the vintage that stands for a month, one line, one income. Counts are shown as
multiples of the smallest cell and rates in steps worth as much (suppression.py).
"""

from __future__ import annotations

from include.contract import code_lists
from include.duck import literal
from include.intake.free_text import reaches_a_person
from include.warehouse.open_table import ALL_PARTS, Guard, OpenTable

WRITTEN_BY_HAND = ("title", "what_was_done", "how_it_was_done", "result")
"""Columns of zone.experiences that an office writes."""


def told(column: str) -> str:
    """SQL of what an office wrote, but for a text that reaches a person: an earlier night's door let more through."""
    return f"case when not {reaches_a_person(column)} then {column} end"


OFFICE_NAME = (
    f"case when not regexp_matches(unit_name, '[0-9]{{6}}') and not {reaches_a_person('unit_name')} then unit_name end"
)
"""The name of an office as it was sent, but for one that holds a long number, of whom nobody can tell, or reaches a
person."""

_AREA = {
    "area_kind": ("VARCHAR", "nation, region, province, prefecture, county or zone; zones overlap: never add them up"),
    "area_code": ("VARCHAR", "CN, region_id, place code or zone_id"),
}
_MONTH = {
    "month": (
        "DATE",
        "First day of the month; the state is that of its last night, or of tonight for the running month",
    ),
    "vintage": ("VARCHAR", "cut (kept from the fifth day after the month) or running"),
}

#: The vintage that stands for a month: the cut where there is one, never a restatement beside it.
_STANDING = "vintage in ('cut', 'running')"
_OPEN_KINDS = "area_kind in ('nation', 'region', 'province', 'prefecture', 'county', 'zone')"
_RATES = ("share_of_registered_below_line", "poverty_gap", "poverty_severity", "gini_among_registered")
_MPI_RATES = ("multidimensional_headcount", "multidimensional_intensity", "multidimensional_adjusted_headcount")
# Both weights of an area and month are judged by the same counts, so that both show or hide the same areas.
_BOTH_WEIGHTS = "over (partition by area_kind, area_code, month, vintage)"

#: Every area that was ever told of, in every month: a row that is not there would say that nobody is there.
_GRID = f"""areas as (
        select distinct area_kind, area_code from (
            select area_kind, area_code from m.zone.poverty_monthly
            union all select area_kind, area_code from m.zone.cause_profile
        ) where {_OPEN_KINDS}
    ),
    months as (
        select distinct month, vintage from (
            select month, vintage from m.zone.poverty_monthly
            union all select month, vintage from m.zone.cause_profile
        ) where {_STANDING}
    ),
    grid as (from areas cross join months)"""
_CAUSES = ", ".join(
    f"({', '.join(map(literal, (code.code, code.zh, code.en)))})" for code in code_lists()["cause"].codes
)

POVERTY = OpenTable(
    "zone", "poverty_monthly",
    "One row is an area, month and weight: how many are registered, how poor they are. A registry is not a population",
    f"""
    with shown as (
        select *, cast(round(multidimensional_known * multidimensional_headcount) as bigint) as multidimensional_poor
        from m.zone.poverty_monthly
        where {_STANDING} and {_OPEN_KINDS} and line = 'poverty_line' and income = 'after_assistance'
    ),
    {_GRID}
    select *,
        min(registered) {_BOTH_WEIGHTS} as fewest_registered,
        min(below_line) {_BOTH_WEIGHTS} as fewest_below_line,
        min(known_income - below_line) {_BOTH_WEIGHTS} as fewest_not_below_line,
        min(multidimensional_poor) {_BOTH_WEIGHTS} as fewest_poor,
        min(multidimensional_known - multidimensional_poor) {_BOTH_WEIGHTS} as fewest_not_poor
    from grid cross join (values ('households'), ('persons')) as weights(weight)
    left join shown using (area_kind, area_code, month, vintage, weight)
    """,
    _AREA | _MONTH | {
        "weight": ("VARCHAR", "households or persons: what `registered` counts and the rates weigh"),
        "registered": ("BIGINT", "Registered households or persons, applicants left out"),
        "share_of_registered_below_line": ("DOUBLE", "Share of the registered with known income below the line (P0)"),
        "poverty_gap": ("DOUBLE", "Mean shortfall as a share of the line, those above counting zero (P1)"),
        "poverty_severity": ("DOUBLE", "Mean squared shortfall as a share of the line (P2)"),
        "gini_among_registered": ("DOUBLE", "Gini of income per head among the registered"),
        "multidimensional_headcount": ("DOUBLE", "Share of the registered who are poor in several dimensions (H)"),
        "multidimensional_intensity": ("DOUBLE", "Mean share of dimensions in which these are deprived (A)"),
        "multidimensional_adjusted_headcount": ("DOUBLE", "H x A (M0)"),
    },
    key=("area_kind", "area_code", "month", "vintage", "weight"),
    guards=(
        Guard(("registered",), ("fewest_registered",)),
        Guard(_RATES, ("fewest_registered", "fewest_below_line", "fewest_not_below_line")),
        Guard(_MPI_RATES, ("fewest_registered", "fewest_poor", "fewest_not_poor")),
    ),
    slice=("month", "vintage", "weight"),
    rates=dict.fromkeys(_RATES, "known_income")
    | dict.fromkeys(_MPI_RATES, "multidimensional_known")
    | {"multidimensional_intensity": "multidimensional_poor"},
    tallies=("registered",),
)  # fmt: skip

CAUSES = OpenTable(
    "zone", "cause_profile",
    "One row is an area, month and main cause, or `all`: households in need by the cause that weighs most",
    f"""
    with shown as (from m.zone.cause_profile where {_STANDING}),
    {_GRID},
    totals as (
        select area_kind, area_code, month, vintage, coalesce(max(households), 0) as households
        from grid left join shown using (area_kind, area_code, month, vintage)
        group by all
    )
    select t.area_kind, t.area_code, t.month, t.vintage, c.cause, c.cause_zh, c.cause_en,
        coalesce(s.main_households, 0) as main_households, coalesce(s.main_percent, 0) as main_percent, t.households
    from totals as t cross join (values {_CAUSES}) as c(cause, cause_zh, cause_en)
    left join shown as s on s.area_kind = t.area_kind and s.area_code = t.area_code and s.month = t.month
        and s.vintage = t.vintage and s.cause = c.cause
    where t.area_kind in ('nation', 'region', 'province', 'zone')
    union all
    select area_kind, area_code, month, vintage, '{ALL_PARTS}', '全部', 'all', households, null, households
    from totals
    """,
    _AREA | _MONTH | {
        "cause": ("VARCHAR", "Code of the main cause, or all; 11 is read as `cause not established`"),
        "cause_zh": ("VARCHAR", "The cause in Chinese"),
        "cause_en": ("VARCHAR", "The cause in English"),
        "main_households": ("BIGINT", "Households in need with this main cause; with all: with any known cause"),
        "main_percent": ("DOUBLE", "Their share of the area's households in need with a known main cause, per cent"),
    },
    key=("area_kind", "area_code", "month", "vintage", "cause"),
    guards=(Guard(("main_households", "main_percent"), ("main_households",)),),
    slice=("month", "vintage"),
    part="cause",
    rates={"main_percent": "households"},
    tallies=("main_households",),
)  # fmt: skip

_HOUSEHOLDS_OF_AREAS = """
    with of_areas as (
        select h.*, a.area_kind, a.area_code
        from m.household.households as h
        cross join lateral (values
            ('nation', 'CN'), ('province', h.province_code),
            ('prefecture', h.prefecture_code), ('county', h.county_code)
        ) as a(area_kind, area_code)
        where a.area_code is not null
    )
"""

SUMMARY = OpenTable(
    "zone", "area_summary",
    "One row is an area, tonight: registered and in need, from the two tables of this file that hold these figures",
    f"""
    select r.area_kind, r.area_code,
        max(r.registered) filter (where r.weight = 'households') as households,
        max(r.registered) filter (where r.weight = 'persons') as persons,
        max(c.main_households) as households_in_need
    from zone.poverty_monthly as r
    left join zone.cause_profile as c
        on c.area_kind = r.area_kind and c.area_code = r.area_code and c.month = r.month and c.vintage = r.vintage
        and c.cause = '{ALL_PARTS}'
    where r.month = (select max(month) from zone.poverty_monthly)
    group by r.area_kind, r.area_code
    """,
    _AREA | {
        "households": ("BIGINT", "Registered households, held and provisional ones included; empty where hidden"),
        "persons": ("BIGINT", "Members of these households; empty where hidden"),
        "households_in_need": ("BIGINT", "Households in need with a known main cause; empty where hidden"),
    },
    key=("area_kind", "area_code"),
    derived=True,
)  # fmt: skip

DUTY_GAPS = OpenTable(
    "responsibility", "duty_gap_counts",
    "One row is an area and a kind of hole, tonight: households in need without anybody in charge of them",
    f"""
    {_HOUSEHOLDS_OF_AREAS},
    told as (
        select distinct area_kind, area_code from (
            select area_kind, area_code from of_areas
            union all select area_kind, area_code from m.zone.poverty_monthly
        ) where area_kind in ('nation', 'province', 'prefecture', 'county')
    )
    select t.area_kind, t.area_code, k.gap,
        count(g.household_key) as households,
        count(n.household_key) - count(g.household_key) as other_households
    from told as t cross join (values ('no_helper'), ('helper_not_in_office')) as k(gap)
    left join of_areas as n on n.in_need and n.area_kind = t.area_kind and n.area_code = t.area_code
    left join m.responsibility.duty_gaps as g on g.household_key = n.household_key and g.gap = k.gap
    group by t.area_kind, t.area_code, k.gap
    """,
    _AREA | {
        "gap": ("VARCHAR", "no_helper, or helper_not_in_office"),
        "households": ("BIGINT", "Households in need with this hole"),
    },
    key=("area_kind", "area_code", "gap"),
    guards=(Guard(("households",), ("households", "other_households")),),
    slice=("gap",),
    tallies=("households",),
)  # fmt: skip

PROMISES = OpenTable(
    "responsibility", "promise_counts",
    "One row is a scheme, indicator and helped area: promises of offices by what became of them. Nobody is counted",
    """
    with promises as (
        from m.responsibility.pairing_promises
        select 'east_west' as scheme, helped_place_code, indicator, state, sides, false as told_twice
        union all
        from m.responsibility.designation_promises
        select 'designated', helped_place_code, indicator, state, sides, told_twice
    )
    select p.scheme, a.area_kind, a.area_code, p.indicator,
        count(*) filter (where p.state = 'kept') as kept, count(*) filter (where p.state = 'short') as short,
        count(*) filter (where p.state = 'running') as running,
        count(*) filter (where p.sides = 'differ') as sides_differ, count(*) filter (where p.told_twice) as told_twice,
        count(*) filter (where p.sides = 'one_side_alone') as one_side_alone
    from promises as p
    cross join lateral (values ('nation', 'CN'), ('province', left(p.helped_place_code, 2))) as a(area_kind, area_code)
    where a.area_code is not null
    group by p.scheme, a.area_kind, a.area_code, p.indicator
    """,
    {"scheme": ("VARCHAR", "east_west (pairings, by quarter) or designated (by year)")} | _AREA | {
        "indicator": ("VARCHAR", "What was promised, by code list pairing_indicator or designation_indicator"),
        "kept": ("BIGINT", "Ended promises that were kept by what both sides say"), "short": ("BIGINT", "Ended short"),
        "running": ("BIGINT", "Promises whose time has not ended"),
        "sides_differ": ("BIGINT", "Promises whose time has ended, of which the two sides tell different deliveries"),
        "one_side_alone": ("BIGINT", "Promises whose time has ended, of which only one side tells"),
        "told_twice": ("BIGINT", "Promises of which another unit tells the same amount: a question, no verdict"),
    },
    key=("scheme", "area_kind", "area_code", "indicator"),
)  # fmt: skip

DESIGNATIONS = OpenTable(
    "responsibility", "designations",
    "One row is a unit that helps a county or a village by designation. Offices and places: nothing to suppress",
    f"""
    select * replace ('D' || left(md5(designation_id), 12) as designation_id, {OFFICE_NAME} as unit_name)
    from m.responsibility.designations
    """,
    {
        "designation_id": ("VARCHAR", "The designation, by a number of this file"),
        "unit_name": ("VARCHAR", "Public name of the unit"),
        "unit_kind": ("VARCHAR", "Kind of unit, by code list unit_kind"),
        "level": ("VARCHAR", "Level of the unit"),
        "helped_place_code": ("VARCHAR", "The helped county or village"),
        "from_date": ("DATE", "First day"),
        "to_date": ("DATE", "Last day; empty while it lasts"),
        "state": ("VARCHAR", "lasting, ahead, ended, or ended_without_successor"),
        "days_without": ("INTEGER", "Days since the place was left without a designated unit"),
    },
    key=("designation_id",),
)  # fmt: skip

ZONES = OpenTable(
    "zone", "zones",
    "One row is a zone that may be named; restricted ones are not in this file",
    "select * from m.zone.zones where not restricted",
    {
        "zone_id": ("VARCHAR", "Id of the zone"),
        "name_zh": ("VARCHAR", "Name in Chinese"),
        "name_en": ("VARCHAR", "Name in English"),
        "kind": ("VARCHAR", "Kind of zone"),
        "valid_from": ("DATE", "First day"),
        "valid_to": ("DATE", "Last day, empty while it holds"),
        "source": ("VARCHAR", "Who said so"),
    },
    key=("zone_id",),
)  # fmt: skip

PRACTICES = OpenTable(
    "zone", "practices",
    "One row is a measure and outcome: what it did in the whole country, or why that is not told. No count of anybody",
    """
    select *, cast(round(effect) as bigint) as whole_effect,
        cast(round(effect_low) as bigint) as whole_low, cast(round(effect_high) as bigint) as whole_high
    from m.zone.practices where zone_id = 'all' and cause = 'all' and outcome = 'income_per_head'
    """,
    {
        "measure_code": ("VARCHAR", "The measure"),
        "measure_zh": ("VARCHAR", "Its name in Chinese"),
        "measure_en": ("VARCHAR", "Its name in English"),
        "outcome": ("VARCHAR", "income_per_head, yuan a year"),
        "income_year": ("INTEGER", "The income year in which it was given"),
        "grade": ("VARCHAR", "B, C or refused; docs/practice.md says what they mean"),
        "finding": ("VARCHAR", "raised, lowered, none_shown or refused"),
        "refused_because": ("VARCHAR", "Every reason to refuse, by its name in include/evidence/reasons.yaml"),
        "whole_effect": ("BIGINT", "Effect on those who got it, to the whole yuan; empty in a refusal"),
        "whole_low": ("BIGINT", "Lower end of its 95 per cent interval"),
        "whole_high": ("BIGINT", "Upper end of it"),
    },
    key=("measure_code", "outcome"),
)  # fmt: skip

EXPERIENCES = OpenTable(
    "zone", "experiences",
    "One row is a written experience that a county passes on, in its own words. Offices and places; nobody is counted",
    f"""
    select * replace (
        'E' || left(md5(experience_key), 12) as experience_key, {OFFICE_NAME} as unit_name,
        {", ".join(f"{told(column)} as {column}" for column in WRITTEN_BY_HAND)}
    )
    from m.zone.experiences
    """,
    {
        "experience_key": ("VARCHAR", "The experience, by a number of this file"),
        "submitter": ("VARCHAR", "Code of the county that tells it"),
        "title": ("VARCHAR", "What the county calls it"),
        "measure_code": ("VARCHAR", "The measure"),
        "measure_zh": ("VARCHAR", "Its name in Chinese"),
        "measure_en": ("VARCHAR", "Its name in English"),
        "cause": ("VARCHAR", "Code of the main cause that it answers; 11 is read as `cause not established`"),
        "cause_zh": ("VARCHAR", "The cause in Chinese"), "cause_en": ("VARCHAR", "The cause in English"),
        "place_code": ("VARCHAR", "Where it was done"),
        "from_date": ("DATE", "Since when"),
        "what_was_done": ("VARCHAR", "What was done, in the county's words"),
        "how_it_was_done": ("VARCHAR", "How it was done, in the county's words"),
        "result": ("VARCHAR", "What came of it in the county's words: no estimate"),
        "unit_name": ("VARCHAR", "The office to ask"),
    },
    key=("experience_key",),
)  # fmt: skip

EXPERIENCE_ZONES = OpenTable(
    "zone", "experience_zones",
    "One row is an experience and a zone that it is suggested to, from what this file already shows of its causes",
    f"""
    with causes as (
        select area_code as zone_id, cause,
            row_number() over (partition by area_code order by main_households desc, cause) as cause_rank
        from zone.cause_profile
        where area_kind = 'zone' and main_households > 0 and cause not in ('{ALL_PARTS}', '11', '99')
            and month = (select max(month) from zone.cause_profile)
    )
    select e.experience_key, c.zone_id, c.cause_rank
    from zone.experiences as e
    inner join causes as c on e.cause = c.cause and c.cause_rank <= 3
    inner join zone.zones as z on c.zone_id = z.zone_id
    """,
    {
        "experience_key": ("VARCHAR", "The experience, as in zone.experiences"),
        "zone_id": ("VARCHAR", "Id of the zone, as in zone.zones"),
        "cause_rank": ("BIGINT", "Rank of the cause among the zone's main causes that this file shows, 1 to 3"),
    },
    key=("experience_key", "zone_id"),
    derived=True,
)  # fmt: skip

REPORTING = OpenTable(
    "quality", "reporting",
    "One row is an inbox account and night: did it report? Offices, not people: nothing to suppress",
    "select * from m.quality.reporting where submitter_kind in ('county', 'province')",
    {
        "submitter": ("VARCHAR", "Code of the office"),
        "submitter_kind": ("VARCHAR", "county or province"),
        "night": ("DATE", "The night"),
        "state": ("VARCHAR", "received, nothing_due, refused, waiting or missing"),
    },
    key=("submitter", "night"),
)  # fmt: skip

PUBLICATION = OpenTable(
    "quality", "publication",
    "One row: which night this file is",
    "select * from m.quality.publication",
    {
        "night": ("DATE", "Night whose packages these figures tell of"),
        "known_at": ("TIMESTAMP", "Cut-off of the night, Asia/Shanghai"),
        "number": ("INTEGER", "Number of the publication within the night"),
        "mark": ("VARCHAR", "What everything made from the synthetic country is marked with"),
    },
    key=("night",),
)  # fmt: skip

# Left out: zone.change_explained. What came and what went within a month are differences of a few households, which the
# steps of the open figures are there to hide.
OPEN_TABLES = (
    POVERTY, CAUSES, DUTY_GAPS, PROMISES, DESIGNATIONS, ZONES, PRACTICES, EXPERIENCES, REPORTING, PUBLICATION, SUMMARY,
    EXPERIENCE_ZONES,
)  # fmt: skip
OPEN_SCHEMAS = ("zone", "responsibility", "quality")
NOT_HASHED = frozenset({("quality", "publication")})
"""Tables of the open file that change with each publication."""
