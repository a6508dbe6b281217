-- Grain: pairing.
-- Steps: 1. the two places of each pairing as one of the two provinces sent them, the helped side's word before the
-- helper's; 2. of those on the list of rounds, the list's.
with

told as (
    select
        pairing_id,
        helper_place_code,
        helped_place_code,
        row_number() over (
            partition by pairing_id
            order by substr(submitter, 1, 2) = substr(helped_place_code, 1, 2) desc, known_at asc, submitter asc
        ) as choice
    from {{ ref('int_pairings') }}
    where substr(submitter, 1, 2) in (substr(helper_place_code, 1, 2), substr(helped_place_code, 1, 2))
),

chosen as (
    select *
    from told
    where choice = 1
)

select
    coalesce(pairings.pairing_id, chosen.pairing_id) as pairing_id,
    coalesce(pairings.helper_place_code, chosen.helper_place_code) as helper_place_code,
    coalesce(pairings.helped_place_code, chosen.helped_place_code) as helped_place_code
from chosen
full outer join {{ ref('pairings') }} as pairings
    on chosen.pairing_id = pairings.pairing_id
