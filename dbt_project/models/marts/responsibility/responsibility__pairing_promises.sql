-- Grain: promise of a pairing: pairing_id, quarter_start, indicator.
-- Steps: 1. what each side's own province told; 2. both sides' reports beside each other, by the rule of
-- macros/promises.sql; 3. a quarter that has ended shows whether the promise was kept and whether the sides agree.
{% set promise = ['pairing_id', 'quarter_start', 'indicator'] %}
{% set ended = 'quarter_start + interval 3 month <= ' ~ night() %}
with

of_their_sides as (
    select deliveries.*
    from {{ ref('int_pairing_deliveries') }} as deliveries
    left join {{ ref('int_pairing_places') }} as places
        on deliveries.pairing_id = places.pairing_id
    where {{ told_by_its_side('deliveries', 'places') | indent(4) }}
),

sides as (
    {{ both_sides('of_their_sides', promise, ended) | indent(4) }}
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
