-- Grain: pairing.
-- Steps: 1. the two places of each pairing that a province sent; 2. of those on the list of rounds, the list's.
with

sent as (
    select
        pairing_id,
        max(helper_place_code) as helper_place_code,
        max(helped_place_code) as helped_place_code
    from {{ ref('int_pairings') }}
    group by pairing_id
)

select
    coalesce(pairings.pairing_id, sent.pairing_id) as pairing_id,
    coalesce(pairings.helper_place_code, sent.helper_place_code) as helper_place_code,
    coalesce(pairings.helped_place_code, sent.helped_place_code) as helped_place_code
from sent
full outer join {{ ref('pairings') }} as pairings
    on sent.pairing_id = pairings.pairing_id
