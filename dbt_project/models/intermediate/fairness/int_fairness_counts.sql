-- Grain: place of households (a village), outcome, group characteristic and side: group, other (in the denominator,
-- not in the group) or not_told.
-- Steps: 1. households of the registry counted once by place and by all their groups together; 2. from these, each
-- outcome by each group; 3. verified samples, with their design weights: of those found poor, who is on the register.
-- Outcomes and groups are those of macros/fairness.sql.
{% set groups = fairness_groups() | map(attribute='characteristic') | list %}
{% set of_registry = fairness_outcomes() | selectattr('counted', 'equalto', 'registry') %}
{% set outcomes = of_registry | map(attribute='outcome') | list %}
with

profiles as (
    select
        {% for group in groups %}
        groups.{{ group }},
        {% endfor %}
        {% for outcome in outcomes %}
        count(outcomes.{{ outcome }}) as {{ outcome }}_households,
        count(*) filter (where outcomes.{{ outcome }}) as {{ outcome }}_hits,
        {% endfor %}
        outcomes.county_code,
        outcomes.place_code
    from {{ ref('int_household_outcomes') }} as outcomes
    inner join {{ ref('int_household_groups') }} as groups
        on outcomes.household_key = groups.household_key
    group by all
),

by_group as (
    {% for group in groups %}
    select
        {% for outcome in outcomes %}
        sum({{ outcome }}_households) as {{ outcome }}_households,
        sum({{ outcome }}_hits) as {{ outcome }}_hits,
        {% endfor %}
        county_code,
        place_code,
        '{{ group }}' as characteristic,
        {{ group }} as in_group
    from profiles
    group by county_code, place_code, {{ group }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

samples as (
    select
        samples.county_code,
        samples.village_code as place_code,
        samples.design_weight as weight,
        samples.on_register as hit,
        case samples.head_sex when '2' then true when '1' then false end as headed_by_woman,
        samples.disabled > 0 as disabled_member,
        samples.elderly >= samples.persons as older_alone,
        samples.children > 0 as with_children,
        villages.remote as remote_village
    from {{ ref('int_verified_households') }} as samples
    left join {{ ref('int_remote_villages') }} as villages
        on samples.village_code = villages.village_code
    where samples.verified_poor
),

counted as (
    {% for outcome in outcomes %}
    select
        county_code,
        place_code,
        '{{ outcome }}' as outcome,
        characteristic,
        in_group,
        cast({{ outcome }}_households as bigint) as households,
        cast({{ outcome }}_hits as bigint) as hits,
        -- Every household counts once: a weight of one each.
        cast({{ outcome }}_households as decimal(18, 4)) as weight,
        cast({{ outcome }}_households as decimal(38, 8)) as weight_squares,
        cast({{ outcome }}_hits as decimal(18, 4)) as hit_weight
    from by_group
    where {{ outcome }}_households > 0
    union all
    {% endfor %}
    {% for group in groups %}
    select
        county_code,
        place_code,
        'identification' as outcome,
        '{{ group }}' as characteristic,
        {{ group }} as in_group,
        count(*) as households,
        count(*) filter (where hit) as hits,
        cast(sum(weight) as decimal(18, 4)) as weight,
        cast(sum(weight * weight) as decimal(38, 8)) as weight_squares,
        cast(coalesce(sum(weight) filter (where hit), 0) as decimal(18, 4)) as hit_weight
    from samples
    group by county_code, place_code, {{ group }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    county_code,
    place_code,
    outcome,
    characteristic,
    case when in_group then 'group' when not in_group then 'other' else 'not_told' end as side,
    households,
    hits,
    weight,
    weight_squares,
    hit_weight
from counted
