-- Grain: household in need whose visit is due for longer than the frequency in force where it lives.
-- Steps: days since the last visit, the helper's first day or the registration, whichever came last, against the
-- standard.
select
    households.household_key,
    households.county_code,
    households.held,
    helpers.helper_staff_key,
    helpers.last_visit_on,
    limits.value as limit_days
from {{ ref('int_households') }} as households
inner join {{ ref('int_household_status') }} as status
    on households.cut_id = status.cut_id and households.household_key = status.household_key
inner join {{ ref('int_county_standards') }} as limits
    on households.county_code = limits.county_code and limits.subject = 'visit_frequency_days'
left join {{ ref('int_household_helpers') }} as helpers
    on households.household_key = helpers.household_key
where
    households.cut_id = 'night'
    and status.in_need
    and limits.value
    < {{ days_between('greatest(helpers.last_visit_on, helpers.helper_from, households.registered_on)', night()) }}
