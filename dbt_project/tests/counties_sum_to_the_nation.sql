-- The levels of the division tree part the households: each level sums to the nation. Zones do not, and are left out.
with

totals as (
    select
        area_kind,
        month,
        vintage,
        line,
        income,
        weight,
        sum(registered) as registered,
        sum(below_line) as below_line
    from {{ ref('zone__poverty_monthly') }}
    where area_kind in ('nation', 'province', 'prefecture', 'county')
    group by area_kind, month, vintage, line, income, weight
)

select levels.*
from totals as levels
inner join totals as nation
    on
        nation.area_kind = 'nation'
        and levels.month = nation.month
        and levels.vintage = nation.vintage
        and levels.line = nation.line
        and levels.income = nation.income
        and levels.weight = nation.weight
where levels.registered <> nation.registered or levels.below_line <> nation.below_line
