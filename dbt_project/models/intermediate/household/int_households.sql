-- Grain: open cut and household: its last accepted version, or what could be read of a new one that is held
-- (provisional).
-- Steps: 1. accepted and provisional together; 2. whether and since when it is held; 3. the codes of its places, by
-- its village or, where that could not be read, by its county.
{% set columns = ['cut_id', 'county_id', 'household_key'] + contract_columns('households')['columns']
    + ['submitter', 'attempt_id', 'night', 'as_of', 'known_at'] %}
with

together as (
    select {{ columns | join(', ') }}, close_undecided, false as provisional
    from {{ ref('int_accepted_households') }}
    union all
    select {{ columns | join(', ') }}, false as close_undecided, true as provisional
    from {{ ref('int_provisional_households') }}
),

placed as (
    select
        together.*,
        coalesce(together.village_code, county_codes.current_code, together.county_id) as place_code
    from together
    left join {{ ref('int_county_codes') }} as county_codes
        on together.county_id = county_codes.county_code
)

select
    placed.*,
    substr(placed.place_code, 1, 2) as province_code,
    substr(placed.place_code, 1, 4) as prefecture_code,
    substr(placed.place_code, 1, 6) as county_code,
    case when length(placed.place_code) >= 9 then substr(placed.place_code, 1, 9) end as township_code,
    holds.household_key is not null as held,
    holds.held_since_night,
    holds.held_by
from placed
left join {{ ref('int_household_holds') }} as holds
    on placed.cut_id = holds.cut_id and placed.household_key = holds.household_key
