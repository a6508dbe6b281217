-- Grain: cut and registered household.
-- Steps (Alkire and Foster): 1. the weight of its deprivations; one with an unknown dimension is not known; 2. poor
-- when this weight reaches the cut-off k of the cut's day: both are exact decimals, so that weights which sum to
-- exactly k count.
with

cutoffs as (
    select
        cut_id,
        value as k
    from {{ ref('int_cut_standards') }}
    where subject = 'alkire_foster_k'
),

sums as (
    select
        cut_id,
        household_key,
        place_code,
        members,
        bool_and(deprived is not null) as known,
        coalesce(sum(weight) filter (where deprived), 0) as deprived_weight,
        sum(weight) as all_weight
    from {{ ref('int_household_deprivations') }}
    group by cut_id, household_key, place_code, members
)

select
    sums.*,
    sums.known and sums.deprived_weight >= cutoffs.k as poor,
    cast(sums.deprived_weight / cast(sums.all_weight as double) as decimal(19, 18)) as score
from sums
inner join cutoffs
    on sums.cut_id = cutoffs.cut_id
