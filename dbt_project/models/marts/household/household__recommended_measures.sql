-- Grain: household in need, reason (a cause, a condition that is not met, or any) and measure.
-- Steps: 1. what the rulebook in force offers for the reason in its place: narrower scope wins, national entitlements
-- are a floor, restricted zones only add; 2. the rule and the level that decided, which for an adapted offer are
-- shown as local; 3. how far the measure has come for this household.
with

standing as (
    select
        household_key,
        measure_code,
        bool_or(standing = 'delivered') as delivered,
        bool_or(standing = 'accepted') as accepted,
        bool_or(standing = 'offered') as offered
    from {{ ref('int_shown_offers') }}
    group by household_key, measure_code
)

select
    recommended.household_key,
    recommended.condition_kind,
    recommended.condition_code,
    recommended.measure_code,
    catalogue.name_zh as measure_zh,
    catalogue.name_en as measure_en,
    recommended.offer,
    recommended.instead_of,
    case when recommended.restricted then 'local' else recommended.rule_id end as decided_by_rule,
    case when recommended.restricted then 'local' else recommended.scope_kind end as decided_at_level,
    catalogue.needs_agreement,
    cast(recommended.priority as integer) as priority,
    case
        when standing.delivered then 'delivered'
        when standing.accepted then 'under_way'
        when standing.offered then 'offered'
        else 'to_offer'
    end as standing
from {{ ref('int_recommendations') }} as recommended
inner join {{ ref('measures') }} as catalogue
    on recommended.measure_code = catalogue.measure_code
left join standing
    on recommended.household_key = standing.household_key and recommended.measure_code = standing.measure_code
