-- Grain: promise of a pairing: pairing_id, quarter_start, indicator.
-- Steps: 1. both sides' reports beside each other; 2. what holds is the smaller delivery, and the larger promise; 3. a
-- quarter that has ended shows whether the promise was kept and whether the sides agree.
with

sides as (
    select
        pairing_id,
        quarter_start,
        indicator,
        max(helper_place_code) as helper_place_code,
        max(helped_place_code) as helped_place_code,
        max(promised) as promised,
        max(coalesce(delivered, 0)) filter (where reporting_side = 'helper') as delivered_by_helper,
        max(coalesce(delivered, 0)) filter (where reporting_side = 'helped') as delivered_by_helped,
        min(coalesce(delivered, 0)) as delivered,
        quarter_start + interval 3 month <= {{ night() }} as quarter_ended
    from {{ ref('responsibility__pairing_deliveries') }}
    group by pairing_id, quarter_start, indicator
)

select
    pairing_id,
    quarter_start,
    indicator,
    helper_place_code,
    helped_place_code,
    promised,
    delivered_by_helper,
    delivered_by_helped,
    cast(delivered_by_helper - delivered_by_helped as decimal(18, 2)) as difference,
    cast(delivered as decimal(18, 2)) as delivered,
    cast(greatest(promised - delivered, 0) as decimal(18, 2)) as short_by,
    quarter_ended,
    case
        when not quarter_ended then 'running'
        when delivered < promised then 'short'
        else 'kept'
    end as state,
    case
        when not quarter_ended then 'running'
        when delivered_by_helper is null or delivered_by_helped is null then 'one_side_alone'
        when delivered_by_helper <> delivered_by_helped then 'differ'
        else 'agree'
    end as sides
from sides
