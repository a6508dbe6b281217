-- Grain: first secretary or member of a resident team in office, in a village.
-- Steps: 1. who is in office on the night, with the days of the term and how many of one unit share a village; 2. days
-- in the village in the last year that their unit reports as a contribution; 3. days that the standard in force asks of
-- a first secretary for that time.
with

teams as (
    select
        staff_key,
        unit_key,
        role,
        place_code as village_code,
        case when unit_key is not null then count(*) over (partition by unit_key, place_code) end as unit_staff,
        from_date,
        to_date,
        {{ days_between('from_date', night()) }} as term_days,
        least({{ days_between('from_date', night()) }}, 365) as days_of_the_year
    from {{ ref('int_holders') }}
    where level = 'village' and role in ('first_secretary', 'team_member')
),

days_given as (
    select
        {{ referred_key('unit_keys', 'unit_key', 'contributions', 'unit_id') }} as unit_key,
        contributions.place_code as village_code,
        sum(contributions.quantity) as days
    from {{ ref('int_contributions') }} as contributions
    left join {{ ref('int_unit_keys') }} as unit_keys
        on contributions.county_id = unit_keys.county_id and contributions.unit_id = unit_keys.unit_id
    where
        contributions.contribution_kind = 'staff_days'
        and contributions.given_on <= {{ night() }}
        and contributions.given_on > {{ night() }} - interval 1 year
    group by
        {{ referred_key('unit_keys', 'unit_key', 'contributions', 'unit_id') }},
        contributions.place_code
)

select
    teams.staff_key,
    teams.unit_key,
    teams.role,
    teams.village_code,
    teams.from_date,
    teams.to_date,
    cast(teams.term_days as integer) as term_days,
    cast(teams.unit_staff as integer) as unit_staff_in_village,
    cast(coalesce(days_given.days, 0) as decimal(18, 2)) as unit_days_last_year,
    cast(case
        when teams.role = 'first_secretary'
            then round(12 * {{ national_standard('first_secretary_days_per_month') }} * teams.days_of_the_year / 365)
    end as integer) as days_asked
from teams
left join days_given
    on teams.unit_key = days_given.unit_key and teams.village_code = days_given.village_code
