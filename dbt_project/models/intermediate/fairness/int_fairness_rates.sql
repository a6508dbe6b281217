-- Grain: area (nation, province, county), outcome, group characteristic and side: group, other or not_told.
-- Steps: 1. sums over the villages of a county, and from these of its province and the nation; 2. the rate of each
-- side with its interval: households of one village are alike, so that villages are the clusters
-- (macros/intervals.sql says how).
{% set keys = ['area_kind', 'area_code', 'outcome', 'characteristic', 'side'] %}
with

counties as (
    select
        county_code,
        outcome,
        characteristic,
        side,
        {{ cluster_sums() | indent(8) }}
    from {{ ref('int_fairness_counts') }}
    group by county_code, outcome, characteristic, side
),

areas as (
    {% for kind, code in [('nation', "'CN'"), ('province', 'substr(county_code, 1, 2)'), ('county', 'county_code')] %}
    select
        '{{ kind }}' as area_kind,
        {{ code }} as area_code,
        outcome,
        characteristic,
        side,
        {{ sums_of_sums() | indent(8) }}
    from counties
    group by {{ code }}, outcome, characteristic, side
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select *
from (
    {{ rates_of_sums('areas', keys) | indent(4) }}
) as rates
