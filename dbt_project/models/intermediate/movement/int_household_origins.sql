-- Grain: open cut and household that is on the register and was unknown at the cut before.
-- Steps: 1. the number last told of each of its members, as a keyed hash that no table keeps; 2. members of other
-- households of whom the same number was told last at the cut before; 3. those households that were on the register
-- then; 4. the one with which it shares most members, the first by key should two share as many.
with

new as (
    select
        pairs.cut_id,
        pairs.previous_cut_id,
        stock.household_key,
        stock.county_id
    from {{ ref('int_cut_pairs') }} as pairs
    inner join {{ ref('int_open_cuts') }} as previous
        on pairs.previous_cut_id = previous.cut_id
    inner join {{ ref('int_register_stock') }} as stock
        on pairs.cut_id = stock.cut_id
    left join {{ ref('int_households') }} as before
        on pairs.previous_cut_id = before.cut_id and stock.household_key = before.household_key
    where pairs.previous_cut_id is not null and before.household_key is null
),

told as (
    {{ told_person_keys() | indent(4) }}
),

members as (
    select
        new.cut_id,
        new.previous_cut_id,
        new.household_key,
        new.county_id,
        persons.person_no,
        max_by(told.person_key, (told.as_of, told.known_at, told.number, told.row)) as person_key
    from new
    inner join {{ ref('int_persons') }} as persons
        on new.cut_id = persons.cut_id and new.household_key = persons.household_key
    inner join {{ ref('int_cuts') }} as cuts
        on new.cut_id = cuts.cut_id
    inner join told
        on
            persons.household_key = told.household_key
            and persons.person_no = told.person_no
            and cuts.state_on >= told.as_of
            and cuts.known_by >= told.known_at
    where persons.is_member
    group by new.cut_id, new.previous_cut_id, new.household_key, new.county_id, persons.person_no
),

candidates as (
    select distinct
        members.cut_id,
        members.previous_cut_id,
        members.household_key,
        members.county_id,
        members.person_key,
        told.household_key as origin_key,
        told.person_no as origin_person_no
    from members
    inner join told
        on members.person_key = told.person_key and members.household_key <> told.household_key
),

were_members as (
    select
        candidates.cut_id,
        candidates.previous_cut_id,
        candidates.household_key,
        candidates.county_id,
        candidates.person_key,
        candidates.origin_key,
        candidates.origin_person_no
    from candidates
    inner join {{ ref('int_persons') }} as was
        on
            candidates.previous_cut_id = was.cut_id
            and candidates.origin_key = was.household_key
            and candidates.origin_person_no = was.person_no
    inner join {{ ref('int_cuts') }} as cuts
        on candidates.previous_cut_id = cuts.cut_id
    inner join told
        on
            was.household_key = told.household_key
            and was.person_no = told.person_no
            and cuts.state_on >= told.as_of
            and cuts.known_by >= told.known_at
    where was.is_member
    group by all
    having max_by(told.person_key, (told.as_of, told.known_at, told.number, told.row)) = candidates.person_key
),

shared as (
    select
        cut_id,
        previous_cut_id,
        household_key,
        county_id,
        origin_key,
        count(*) as shared_members
    from were_members
    group by all
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
    inner join {{ ref('int_register_stock') }} as stock
        on shared.previous_cut_id = stock.cut_id and shared.origin_key = stock.household_key
)

select
    cut_id,
    household_key,
    origin_key,
    county_id <> origin_county_id as from_another_county
from ranked
where place_in_order = 1
