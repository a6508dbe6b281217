-- Grain: household in need, reason and measure.
-- Steps: 1. the offers that hold in its place for each of its reasons; 2. where one is unavailable here, its
-- alternative in its stead; 3. one row per measure and reason, the strongest offer.
with

offers as (
    select
        reasons.household_key,
        reasons.condition_kind,
        reasons.condition_code,
        offers.measure_code,
        offers.offer,
        cast(null as varchar) as instead_of,
        offers.rule_id,
        offers.scope_kind,
        offers.restricted,
        offers.priority
    from {{ ref('int_household_reasons') }} as reasons
    inner join {{ ref('int_place_offers') }} as offers
        on
            reasons.place_code = offers.place_code
            and reasons.condition_kind = offers.condition_kind
            and reasons.condition_code = offers.condition_code
    where offers.offer <> 'unavailable_here'
    union all
    select
        reasons.household_key,
        reasons.condition_kind,
        reasons.condition_code,
        offers.alternative_measure_code as measure_code,
        'may_offer' as offer,
        offers.measure_code as instead_of,
        offers.rule_id,
        offers.scope_kind,
        offers.restricted,
        offers.priority
    from {{ ref('int_household_reasons') }} as reasons
    inner join {{ ref('int_place_offers') }} as offers
        on
            reasons.place_code = offers.place_code
            and reasons.condition_kind = offers.condition_kind
            and reasons.condition_code = offers.condition_code
    where offers.offer = 'unavailable_here' and offers.alternative_measure_code is not null
),

ranked as (
    select
        offers.*,
        row_number() over (
            partition by household_key, condition_kind, condition_code, measure_code
            order by
                case when offer = 'must_offer' then 0 else 1 end,
                case when instead_of is null then 0 else 1 end,
                rule_id
        ) as precedence
    from offers
)

select
    household_key,
    condition_kind,
    condition_code,
    measure_code,
    offer,
    instead_of,
    rule_id,
    scope_kind,
    restricted,
    priority
from ranked
where precedence = 1
