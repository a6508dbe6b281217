-- Grain: promise of a pairing: pairing_id, quarter_start, indicator.
-- Steps: 1. both sides' reports beside each other; 2. what holds is the smaller delivery, and the larger promise; 3. a
-- quarter that has ended shows whether the promise was kept and whether the sides agree.
{% set promise = ['pairing_id', 'quarter_start', 'indicator'] %}
{% set ended = 'quarter_start + interval 3 month <= ' ~ night() %}
with

sides as (
    {{ both_sides(ref('int_pairing_deliveries'), promise, ended) | indent(4) }}
)

select
    sides.pairing_id,
    sides.quarter_start,
    sides.indicator,
    places.helper_place_code,
    places.helped_place_code,
    {{ kept_and_agreed('sides', 'quarter_ended') | indent(4) }}
from sides
left join {{ ref('int_pairing_places') }} as places
    on sides.pairing_id = places.pairing_id
