-- Grain: one promise of an issuer: place, indicator, year.
-- Steps: plans in force on the night, as sent.
select
    plans.county_id || '-' || plans.plan_id as plan_key,
    plans.submitter,
    {{ referred_key('unit_keys', 'unit_key', 'plans', 'issuer_unit_id') }} as issuer_unit_key,
    plans.place_code,
    plans.indicator,
    cast(plans.period as integer) as period,
    plans.target,
    plans.as_of,
    plans.known_at
from {{ ref('int_plans') }} as plans
left join {{ ref('int_unit_keys') }} as unit_keys
    on plans.county_id = unit_keys.county_id and plans.issuer_unit_id = unit_keys.unit_id
