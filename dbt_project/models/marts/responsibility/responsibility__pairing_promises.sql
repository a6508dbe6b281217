-- Grain: promise of a pairing: pairing_id, quarter_start, indicator.
-- Steps: 1. both sides' reports beside each other; 2. what holds is the smaller delivery, and the larger promise; 3. a
-- quarter that has ended shows whether the promise was kept and whether the sides agree.
with

sides as (
    select
        pairing_id,
        quarter_start,
        indicator,
        max(promised) as promised,
        max(coalesce(delivered, 0)) filter (where reporting_side = 'helper') as delivered_by_helper,
        max(coalesce(delivered, 0)) filter (where reporting_side = 'helped') as delivered_by_helped,
        min(coalesce(delivered, 0)) as delivered,
        quarter_start + interval 3 month <= {{ night() }} as quarter_ended
    from {{ ref('int_pairing_deliveries') }}
    group by pairing_id, quarter_start, indicator
)

select
    sides.pairing_id,
    sides.quarter_start,
    sides.indicator,
    places.helper_place_code,
    places.helped_place_code,
    sides.promised,
    sides.delivered_by_helper,
    sides.delivered_by_helped,
    cast(sides.delivered_by_helper - sides.delivered_by_helped as decimal(18, 2)) as difference,
    cast(sides.delivered as decimal(18, 2)) as delivered,
    cast(greatest(sides.promised - sides.delivered, 0) as decimal(18, 2)) as short_by,
    sides.quarter_ended,
    case
        when not sides.quarter_ended then 'running'
        when sides.delivered < sides.promised then 'short'
        else 'kept'
    end as state,
    case
        when not sides.quarter_ended then 'running'
        when sides.delivered_by_helper is null or sides.delivered_by_helped is null then 'one_side_alone'
        when sides.delivered_by_helper <> sides.delivered_by_helped then 'differ'
        else 'agree'
    end as sides
from sides
left join {{ ref('int_pairing_places') }} as places
    on sides.pairing_id = places.pairing_id
