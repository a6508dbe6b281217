-- Grain: open cut and registered household.
-- Steps: which figures it counts in (1 or 0): registered, below the line of either kind after assistance, poor in
-- several dimensions; unknown counts in none.
select
    registered.cut_id,
    registered.household_key,
    registered.county_id,
    registered.county_code,
    registered.place_code,
    registered.registered_on,
    registered.provisional,
    registered.members,
    registered.income_year,
    registered.income_per_head,
    registered.poverty_line,
    registered.monitoring_line,
    1 as registered,
    cast(coalesce(registered.income_per_head < registered.poverty_line, false) as integer) as below_poverty_line,
    cast(coalesce(registered.income_per_head < registered.monitoring_line, false) as integer) as below_monitoring_range,
    cast(coalesce(scores.poor, false) as integer) as multidimensionally_poor
from {{ ref('int_registered_households') }} as registered
left join {{ ref('int_deprivation_scores') }} as scores
    on registered.cut_id = scores.cut_id and registered.household_key = scores.household_key
