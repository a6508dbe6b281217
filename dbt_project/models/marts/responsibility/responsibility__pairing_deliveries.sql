-- Grain: one reported row: pairing, side, quarter, indicator.
-- Steps: deliveries in force on the night, with the places of the pairing.
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
    deliveries.county_id || '-' || deliveries.delivery_id as delivery_key,
    deliveries.submitter,
    deliveries.pairing_id,
    coalesce(pairings.helper_place_code, sent.helper_place_code) as helper_place_code,
    coalesce(pairings.helped_place_code, sent.helped_place_code) as helped_place_code,
    deliveries.reporting_side,
    deliveries.quarter_start,
    deliveries.indicator,
    deliveries.promised,
    deliveries.delivered,
    {{ share('deliveries.delivered', 'deliveries.promised') }} as delivered_share,
    deliveries.as_of,
    deliveries.known_at
from {{ ref('int_pairing_deliveries') }} as deliveries
left join {{ ref('pairings') }} as pairings
    on deliveries.pairing_id = pairings.pairing_id
left join sent
    on deliveries.pairing_id = sent.pairing_id
