-- Grain: measure offered to a household in the marts, on the night, as it is shown.
-- Steps: 1. of each accepted measure in force the last version as it is shown; 2. held measures of provisional
-- households, one turned down as one that was made and not accepted. Whoever looks at offers household by household
-- reads this model; int_household_offers knows what was turned down, for counts alone.
{% set columns = ['county_id', 'measure_id', 'household_key', 'person_no', 'measure_code', 'standing', 'offered_on',
    'accepted_on', 'agreement_recorded', 'planned_on', 'delivered_on', 'amount', 'provider_unit_id', 'project_id',
    'result', 'as_of', 'known_at'] %}
with

last_shown as (
    select
        versions.*,
        row_number() over (
            partition by versions.county_id, versions.measure_id
            order by
                versions.as_of desc,
                versions.known_at desc,
                versions.number desc,
                versions.file desc,
                versions.row desc
        ) as recency
    from {{ ref('int_shown_measure_versions') }} as versions
    inner join {{ ref('int_cuts') }} as cuts
        on cuts.cut_id = 'night' and versions.as_of <= cuts.state_on and versions.known_at <= cuts.known_by
)

select
    {% for column in columns %}
    last_shown.{{ column }},
    {% endfor %}
    false as provisional
from last_shown
inner join {{ ref('int_household_offers') }} as offers
    on last_shown.county_id = offers.county_id and last_shown.measure_id = offers.measure_id and not offers.provisional
where last_shown.recency = 1
union all
select
    county_id,
    measure_id,
    household_key,
    person_no,
    measure_code,
    case when standing = 'not_taken_up' then 'offered' else standing end as standing,
    offered_on,
    case when response = '1' then responded_on end as accepted_on,
    {% for column in ['agreement_recorded', 'planned_on', 'delivered_on', 'amount', 'provider_unit_id', 'project_id',
        'result'] %}
    case when standing <> 'not_taken_up' then {{ column }} end as {{ column }},
    {% endfor %}
    as_of,
    known_at,
    true as provisional
from {{ ref('int_household_offers') }}
where provisional
