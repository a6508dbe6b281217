"""SQL of the what-if: offers today and tried, the changes of each household, and their sums.

An offer is a household and a measure with its strength, the strongest over its reasons: may 1, must 2. A household
gains when its strength rises, from nothing too, and loses when it falls. The poorest fifth is of the households that
are offered anything today or in the trial, by income per head; those whose income is unknown are in no fifth.
"""

from __future__ import annotations

from typing import Any

import duckdb

_OFFERS = """
select household_key, measure_code, if(offer = 'must_offer', 2, 1) as strength, decided_by_rule as rule
from {source}.household.recommended_measures
qualify row_number() over (
    partition by household_key, measure_code
    order by strength desc, priority, decided_by_rule, condition_kind, condition_code
) = 1
"""

PREPARATION = (
    f"create temp table today as {_OFFERS.format(source='p')}",
    f"create temp table tried as {_OFFERS.format(source='s')}",
    """
    create temp table offered_households as
    with offered as (select household_key from today union select household_key from tried)
    select
        households.household_key,
        households.county_code,
        households.income_per_head,
        case when households.income_per_head is not null then ntile(5) over (
            partition by households.income_per_head is null
            order by households.income_per_head, households.household_key
        ) end as fifth
    from p.household.households as households semi join offered using (household_key)
    """,
    """
    create temp table offers as
    select
        household_key,
        measure_code,
        coalesce(today.strength, 0) as strength_before,
        coalesce(tried.strength, 0) as strength_after,
        today.rule as rule_before,
        tried.rule as rule_after
    from today full join tried using (household_key, measure_code)
    """,
    """
    create temp table changes as
    select
        offers.household_key,
        households.county_code,
        offers.measure_code,
        case
            when strength_before = 0 then 'added'
            when strength_after = 0 then 'removed'
            when strength_after > strength_before then 'strengthened'
            else 'weakened'
        end as change,
        rule_before,
        rule_after
    from offers inner join offered_households as households using (household_key)
    where strength_before <> strength_after
    """,
    # What a delivery cost so far; a mean of fewer than the smallest cell would tell of single households.
    """
    create temp table costs as
    select measure_code, avg(amount) as mean_cost
    from p.household.household_measures
    where standing = 'delivered' and amount is not null
    group by measure_code
    having count(*) >= (
        select max(value) from p.household.standards
        where subject = 'suppression_min_cell' and jurisdiction = 'CN' and in_force
    )
    """,
)

_TOTALS = """
select
    (select count(*) from p.household.households where in_need) as households_in_need,
    count(distinct household_key) filter (where strength_before > 0) as households_offered_before,
    count(distinct household_key) filter (where strength_after > 0) as households_offered_after,
    count(distinct household_key) filter (where strength_before = 2) as households_with_must_before,
    count(distinct household_key) filter (where strength_after = 2) as households_with_must_after,
    count(*) filter (where strength_before > 0) as offers_before,
    count(*) filter (where strength_after > 0) as offers_after,
    count(*) filter (where strength_before > 0 and strength_after > 0) as offers_in_both,
    count(distinct household_key) filter (where strength_after > strength_before) as households_gaining,
    count(distinct household_key) filter (where strength_after < strength_before) as households_losing
from offers
"""

_BY_MEASURE = """
select
    measure_code,
    count(*) filter (where strength_before > 0) as before,
    count(*) filter (where strength_after > 0) as after,
    count(*) filter (where strength_before = 0) as added,
    count(*) filter (where strength_before > 0 and strength_after > strength_before) as strengthened,
    count(*) filter (where strength_after > 0 and strength_after < strength_before) as weakened,
    count(*) filter (where strength_after = 0) as removed,
    cast(round(any_value(costs.mean_cost), 2) as double) as mean_cost_yuan,
    cast(round((after - before) * any_value(costs.mean_cost), 2) as double) as cost_change_yuan
from offers left join costs using (measure_code)
group by measure_code
having added + strengthened + weakened + removed > 0
order by measure_code
"""

_BY_COUNTY = """
select
    county_code,
    count(distinct household_key) filter (where change in ('added', 'strengthened')) as households_gaining,
    count(distinct household_key) filter (where change in ('weakened', 'removed')) as households_losing
from changes
group by county_code
order by county_code
"""

_POOREST = """
select
    count(*) filter (where strength_before > 0 and fifth = 1) / nullif(count(*) filter (where strength_before > 0), 0),
    count(*) filter (where strength_after > 0 and fifth = 1) / nullif(count(*) filter (where strength_after > 0), 0),
    count(*) filter (where strength_after > strength_before and fifth = 1)
    / nullif(count(*) filter (where strength_after > strength_before), 0),
    count(*) filter (where strength_after < strength_before and fifth = 1)
    / nullif(count(*) filter (where strength_after < strength_before), 0)
from (select * from offers inner join offered_households using (household_key) where fifth is not null)
"""


def summary(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Counts of the comparison that a connection holds: no household key, amounts in yuan, shares of one."""
    (totals,) = _records(connection, _TOTALS)
    measures = _records(connection, _BY_MEASURE)
    shares = connection.execute(_POOREST).fetchone() or (None,) * 4
    names = ("offers_before", "offers_after", "gains", "losses")
    union = totals["offers_before"] + totals["offers_after"] - totals["offers_in_both"]
    known = [row["cost_change_yuan"] for row in measures if row["cost_change_yuan"] is not None]
    unknown = [row["measure_code"] for row in measures if row["cost_change_yuan"] is None]
    return {
        **totals,
        "coverage_before": _share(totals["households_offered_before"], totals["households_in_need"]),
        "coverage_after": _share(totals["households_offered_after"], totals["households_in_need"]),
        "overlap_with_today": _share(totals["offers_in_both"], union),
        "poorest_fifth": {
            name: None if share is None else round(share, 4) for name, share in zip(names, shares, strict=True)
        },
        "cost_change_yuan": round(sum(known), 2),
        "cost_unknown_of": unknown,
        "by_measure": measures,
        "by_county": _records(connection, _BY_COUNTY),
    }


def _records(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = connection.execute(query)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
