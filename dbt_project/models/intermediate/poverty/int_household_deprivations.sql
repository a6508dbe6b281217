-- Grain: open cut, registered household and dimension.
-- Steps: the conditions of the exit criteria are the dimensions, so that poverty and exit cannot disagree on facts;
-- the relative weights are the standards of the cut's day.
select
    conditions.cut_id,
    conditions.household_key,
    registered.place_code,
    registered.members,
    conditions.condition as dimension,
    conditions.deprived,
    standards.value as weight
from {{ ref('int_household_conditions') }} as conditions
inner join {{ ref('int_registered_households') }} as registered
    on conditions.cut_id = registered.cut_id and conditions.household_key = registered.household_key
inner join {{ ref('int_cut_standards') }} as standards
    on
        conditions.cut_id = standards.cut_id
        and standards.subject = 'alkire_foster_weight_' || conditions.condition
