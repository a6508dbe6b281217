-- Grain: hole in the chain of duty: level, the place or the household in need that it is in, and its kind.
-- Steps: 1. places nobody is in charge of: the holder left, or nobody ever came; 2. places with more holders at once
-- than the standards in force allow; 3. households in need whose helper is missing, is not in office tonight, or is
-- one of several; 4. times without anybody between two holders, the longest of each place or household in need.
with

places as (
    select
        holders.level,
        holders.level_place_code,
        bool_and(holders.staff_key is null) as vacant,
        count(distinct households.household_key) as households
    from {{ ref('int_place_holders') }} as holders
    inner join {{ ref('int_households') }} as households
        on holders.place_code = households.place_code and households.cut_id = 'night'
    -- A household told with a village of another county is an error of its row, and no hole in that county's chain.
    inner join {{ ref('places') }} as counties
        on households.county_code = counties.place_code and households.county_id = counties.county_id
    group by holders.level, holders.level_place_code
),

last_terms as (
    select
        level,
        level_place_code,
        max(to_date) as left_on
    from {{ ref('int_duty_terms') }}
    where not in_office
    group by level, level_place_code
),

crowded as (
    select
        terms.level,
        terms.level_place_code,
        max(terms.from_date) as since
    from {{ ref('int_duty_terms') }} as terms
    inner join {{ ref('int_standards_in_force') }} as in_force
        on
            in_force.jurisdiction = 'CN'
            and in_force.subject = case terms.role
                when 'leader' then 'leaders_max_' else 'first_secretaries_max_'
            end || terms.level
    where terms.in_office
    group by terms.level, terms.level_place_code, terms.role
    having count(*) > max(in_force.value)
),

in_need as (
    select
        households.household_key,
        households.place_code,
        helpers.helper_staff_key,
        helpers.helpers,
        staff.staff_key
    from {{ ref('int_households') }} as households
    inner join {{ ref('int_household_status') }} as status
        on households.cut_id = status.cut_id and households.household_key = status.household_key
    left join {{ ref('int_household_helpers') }} as helpers
        on households.household_key = helpers.household_key
    left join {{ ref('int_holders') }} as staff
        on helpers.helper_staff_key = staff.staff_key
    where households.cut_id = 'night' and status.in_need
),

last_charges as (
    select
        household_key,
        max(to_date) as left_on
    from {{ ref('int_assignments') }}
    where to_date < {{ night() }}
    group by household_key
),

longest as (
    select
        level,
        gap_key,
        max(days) as days
    from {{ ref('int_hand_over_gaps') }}
    group by level, gap_key
)

select
    places.level,
    places.level_place_code as gap_key,
    places.level_place_code as place_code,
    cast(null as varchar) as household_key,
    case when last_terms.left_on is null then 'nobody_in_charge' else 'holder_left' end as gap,
    last_terms.left_on + 1 as since,
    cast({{ days_between('last_terms.left_on', night()) }} as integer) as days,
    cast(places.households as integer) as households
from places
left join last_terms
    on places.level = last_terms.level and places.level_place_code = last_terms.level_place_code
where places.vacant
union all
select
    places.level,
    places.level_place_code as gap_key,
    places.level_place_code as place_code,
    cast(null as varchar) as household_key,
    'two_in_charge' as gap,
    max(crowded.since) as since,
    cast({{ days_between('max(crowded.since)', night()) }} as integer) as days,
    cast(max(places.households) as integer) as households
from places
inner join crowded
    on places.level = crowded.level and places.level_place_code = crowded.level_place_code
group by places.level, places.level_place_code
union all
select
    'household' as level,
    in_need.household_key as gap_key,
    in_need.place_code,
    in_need.household_key,
    case when in_need.helper_staff_key is null then 'no_helper' else 'helper_not_in_office' end as gap,
    case when in_need.helper_staff_key is null then last_charges.left_on + 1 end as since,
    cast(case
        when in_need.helper_staff_key is null then {{ days_between('last_charges.left_on', night()) }}
    end as integer) as days,
    1 as households
from in_need
left join last_charges
    on in_need.household_key = last_charges.household_key
where in_need.staff_key is null
union all
select
    'household' as level,
    household_key as gap_key,
    place_code,
    household_key,
    'two_helpers' as gap,
    cast(null as date) as since,
    cast(null as integer) as days,
    1 as households
from in_need
where helpers > 1
union all
select
    longest.level,
    longest.gap_key,
    coalesce(in_need.place_code, places.level_place_code) as place_code,
    in_need.household_key,
    'hand_over_gap' as gap,
    cast(null as date) as since,
    cast(longest.days as integer) as days,
    cast(coalesce(places.households, 1) as integer) as households
from longest
left join places
    on longest.level = places.level and longest.gap_key = places.level_place_code
left join in_need
    on longest.level = 'household' and longest.gap_key = in_need.household_key
where places.level_place_code is not null or in_need.household_key is not null
