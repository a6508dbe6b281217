-- Grain: household, day of a close by which its exit was carried out, and condition.
-- Steps: the conditions of the household and its members as last told before that day, by the same rule as at a cut,
-- with the lines as known tonight: the household has left every cut on or after its close.
-- depends_on: {{ ref('int_standard_versions') }}
with

closings as (
    select * from {{ ref('int_closing_exits') }}
),

closing_days as (
    select distinct
        cut_id,
        stepped_on as state_on,
        {{ known_at() }} as known_by
    from closings
),

closing_lines as (
    {{ county_lines('closings', 'closing_days') | indent(4) }}
),

closing_incomes as (
    {{ household_incomes('closings', ref('int_closing_members'), 'closing_lines', 'closing_days') | indent(4) }}
),

closing_conditions as (
    {{ household_conditions('closings', 'closing_incomes', ref('int_closing_members')) | indent(4) }}
)

select
    closings.household_key,
    closings.stepped_on,
    closings.told_exited,
    closings.gone,
    conditions.condition,
    conditions.state
from closing_conditions as conditions
inner join closings
    on conditions.cut_id = closings.cut_id and conditions.household_key = closings.household_key
