{# The relations have a cut_id and a household_key; `households` has the columns of households and county_code, `cuts` has
   state_on and known_by. So the same rule holds for households at cuts (int_household_conditions, which say the steps) and for
   households that were closed (int_closing_conditions). #}

{% macro household_conditions(households, incomes, members) %}
with

facts as (
    select
        households.cut_id,
        households.household_key,
        households.food_clothing_secure,
        households.housing_grade,
        households.water_safe,
        incomes.poor,
        incomes.above_line,
        members.members,
        members.out_of_school,
        members.schooling_unknown,
        members.without_medical_cover,
        members.medical_cover_unknown
    from {{ households }} as households
    inner join {{ incomes }} as incomes
        on households.cut_id = incomes.cut_id and households.household_key = incomes.household_key
    inner join {{ members }} as members
        on households.cut_id = members.cut_id and households.household_key = members.household_key
),

states as (
    select
        cut_id,
        household_key,
        'income' as condition,
        case
            when poor is null then 'unknown'
            when poor then 'not_met'
            when above_line then 'met'
            else 'at_line'
        end as state
    from facts
    union all
    select
        cut_id,
        household_key,
        'food_clothing' as condition,
        case
            when food_clothing_secure then 'met'
            when not food_clothing_secure then 'not_met'
            else 'unknown'
        end as state
    from facts
    union all
    select
        cut_id,
        household_key,
        'schooling' as condition,
        case
            when out_of_school > 0 then 'not_met'
            when members = 0 or schooling_unknown > 0 then 'unknown'
            else 'met'
        end as state
    from facts
    union all
    select
        cut_id,
        household_key,
        'medical_cover' as condition,
        case
            when without_medical_cover > 0 then 'not_met'
            when members = 0 or medical_cover_unknown > 0 then 'unknown'
            else 'met'
        end as state
    from facts
    union all
    select
        cut_id,
        household_key,
        'housing' as condition,
        case
            when housing_grade in ('A', 'B') then 'met'
            when housing_grade in ('C', 'D') then 'not_met'
            else 'unknown'
        end as state
    from facts
    union all
    select
        cut_id,
        household_key,
        'water' as condition,
        case when water_safe then 'met' when not water_safe then 'not_met' else 'unknown' end as state
    from facts
)

select
    cut_id,
    household_key,
    condition,
    state,
    case when state <> 'unknown' then state = 'not_met' end as deprived
from states
{%- endmacro %}
