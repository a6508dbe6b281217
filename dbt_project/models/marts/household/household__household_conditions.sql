-- Grain: one condition of a household on the night.
-- Steps: the two assurances, three guarantees and safe water against what is known, and income against the line in
-- force.
select
    household_key,
    condition,
    state,
    deprived
from {{ ref('int_household_conditions') }}
where cut_id = 'night'
