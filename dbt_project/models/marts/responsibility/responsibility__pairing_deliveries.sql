-- Grain: reported promise of one side: pairing, side, quarter, indicator.
-- Steps: 1. deliveries in force on the night, with the places of the pairing; what another province than that of the
-- side told is left out; 2. of each side's rows of one promise the newest.
{% set promise = ['pairing_id', 'quarter_start', 'indicator'] %}
with

of_their_sides as (
    select
        deliveries.*,
        places.helper_place_code,
        places.helped_place_code
    from {{ ref('int_pairing_deliveries') }} as deliveries
    left join {{ ref('int_pairing_places') }} as places
        on deliveries.pairing_id = places.pairing_id
    where {{ told_by_its_side('deliveries', 'places') | indent(4) }}
),

newest as (
    {{ newest_told('of_their_sides', promise) | indent(4) }}
)

select
    county_id || '-' || delivery_id as delivery_key,
    submitter,
    pairing_id,
    helper_place_code,
    helped_place_code,
    reporting_side,
    quarter_start,
    indicator,
    promised,
    delivered,
    {{ share('delivered', 'promised') }} as delivered_share,
    as_of,
    known_at
from newest
