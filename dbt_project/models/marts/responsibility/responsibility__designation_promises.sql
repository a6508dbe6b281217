-- Grain: promise of a designated unit: designation_id, period, indicator.
-- Steps: 1. both sides' reports beside each other, by the rule of macros/promises.sql; 2. a year that has ended shows
-- whether the promise was kept and whether the sides agree; 3. where two units tell one amount of yuan, to the fen, of
-- the same county, year and indicator, a person is to ask whether it is one thing told twice.
{% set promise = ['designation_id', 'period', 'indicator'] %}
{% set ended = 'period < year(' ~ night() ~ ')' %}
with

sides as (
    {{ both_sides(ref('int_designation_deliveries'), promise, ended) | indent(4) }}
),

placed as (
    select
        sides.*,
        designated.unit_key,
        designated.helped_place_code
    from sides
    left join {{ ref('int_designated_units') }} as designated
        on sides.designation_id = designated.designation_id
),

same_amounts as (
    select
        substr(helped_place_code, 1, 6) as county_code,
        period,
        indicator,
        delivered
    from placed
    where indicator in ('money', 'money_brought_in', 'purchases', 'sales') and delivered > 0
    group by substr(helped_place_code, 1, 6), period, indicator, delivered
    having count(distinct unit_key) > 1
)

select
    placed.designation_id,
    cast(placed.period as integer) as period,
    placed.indicator,
    placed.unit_key,
    placed.helped_place_code,
    {{ kept_and_agreed('placed', 'year_ended') | indent(4) }},
    same_amounts.county_code is not null as told_twice
from placed
left join same_amounts
    on
        substr(placed.helped_place_code, 1, 6) = same_amounts.county_code
        and placed.period = same_amounts.period
        and placed.indicator = same_amounts.indicator
        and placed.delivered = same_amounts.delivered
