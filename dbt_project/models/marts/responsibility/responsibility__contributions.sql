-- Grain: one contribution that is not money.
-- Steps: contributions in force on the night, as sent.
select
    contributions.county_id || '-' || contributions.contribution_id as contribution_key,
    contributions.submitter,
    {{ referred_key('unit_keys', 'unit_key', 'contributions', 'unit_id') }} as unit_key,
    contributions.place_code,
    contributions.contribution_kind,
    contributions.quantity,
    contributions.given_on,
    contributions.as_of,
    contributions.known_at
from {{ ref('int_contributions') }} as contributions
left join {{ ref('int_unit_keys') }} as unit_keys
    on contributions.county_id = unit_keys.county_id and contributions.unit_id = unit_keys.unit_id
