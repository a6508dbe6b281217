-- Grain: one reported row: pairing, side, quarter, indicator.
-- Steps: deliveries in force on the night, with the places of the pairing.
select
    deliveries.county_id || '-' || deliveries.delivery_id as delivery_key,
    deliveries.submitter,
    deliveries.pairing_id,
    places.helper_place_code,
    places.helped_place_code,
    deliveries.reporting_side,
    deliveries.quarter_start,
    deliveries.indicator,
    deliveries.promised,
    deliveries.delivered,
    {{ share('deliveries.delivered', 'deliveries.promised') }} as delivered_share,
    deliveries.as_of,
    deliveries.known_at
from {{ ref('int_pairing_deliveries') }} as deliveries
left join {{ ref('int_pairing_places') }} as places
    on deliveries.pairing_id = places.pairing_id
