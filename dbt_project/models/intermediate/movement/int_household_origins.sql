-- Grain: cut and household that is on the register and was unknown at the cut before.
-- Steps: 1. its members by the hash of their number; 2. the households on the register at the cut before of which these
-- were members; 3. the one with which it shares most members, the first by key should two share as many.
with

new as (
    select
        pairs.cut_id,
        pairs.previous_cut_id,
        stock.household_key,
        stock.county_id
    from {{ ref('int_cut_pairs') }} as pairs
    inner join {{ ref('int_register_stock') }} as stock
        on pairs.cut_id = stock.cut_id
    left join {{ ref('int_households') }} as before
        on pairs.previous_cut_id = before.cut_id and stock.household_key = before.household_key
    where pairs.previous_cut_id is not null and before.household_key is null
),

shared as (
    select
        new.cut_id,
        new.household_key,
        new.county_id,
        was.household_key as origin_key,
        count(*) as shared_members
    from new
    inner join {{ ref('int_persons') }} as persons
        on new.cut_id = persons.cut_id and new.household_key = persons.household_key
    inner join {{ ref('int_persons') }} as was
        on
            new.previous_cut_id = was.cut_id
            and persons.person_key = was.person_key
            and new.household_key <> was.household_key
    where was.is_member and persons.is_member
    group by new.cut_id, new.household_key, new.county_id, was.household_key
),

ranked as (
    select
        shared.*,
        stock.county_id as origin_county_id,
        row_number() over (
            partition by shared.cut_id, shared.household_key
            order by shared.shared_members desc, shared.origin_key asc
        ) as place_in_order
    from shared
    inner join {{ ref('int_cut_pairs') }} as pairs
        on shared.cut_id = pairs.cut_id
    inner join {{ ref('int_register_stock') }} as stock
        on pairs.previous_cut_id = stock.cut_id and shared.origin_key = stock.household_key
)

select
    cut_id,
    household_key,
    origin_key,
    county_id <> origin_county_id as from_another_county
from ranked
where place_in_order = 1
