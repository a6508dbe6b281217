-- Grain: household in need whose visit is due for longer than the frequency in force where it lives.
-- Steps: 1. the first day that any row speaks of the household; 2. days since the last visit, the helper's first day,
-- the registration, the start of monitoring or the last application, whichever came last, and without any of them
-- since that first day, against the standard.
with

first_told as (
    select
        household_key,
        min(as_of) as first_told_on
    from {{ ref('int_household_versions') }}
    group by household_key
),

applied as (
    select
        household_key,
        max(applied_on) as applied_on
    from {{ ref('int_cut_applications') }}
    where cut_id = 'night'
    group by household_key
)

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
left join first_told
    on households.household_key = first_told.household_key
left join applied
    on households.household_key = applied.household_key
where
    households.cut_id = 'night'
    and status.in_need
    and limits.value
    < {{ days_between(
        'coalesce(greatest(helpers.last_visit_on, helpers.helper_from, households.registered_on,'
        ' households.monitoring_identified_on, applied.applied_on), first_told.first_told_on, households.as_of)',
        night()
    ) }}
