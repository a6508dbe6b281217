-- Grain: place of a household, condition (a cause, a condition or any), measure and restricted, on the night.
-- Steps: 1. the rules in force whose scope holds the place: nation, province, zone, county, township, village; 2. the
-- narrowest scope decides, within one scope the most generous rule; 3. a restricted zone only adds: its rule counts
-- when it offers more than the others do, it can make nothing unavailable, and the alternative of what the others make
-- unavailable stays beside what it offers; 4. a national must_offer is a floor that no narrower rule lowers; 5. what
-- needs the household's agreement is never must_offer, nor is anything by cause 11 (cause not established).
with

places_in_use as (
    select distinct place_code
    from {{ ref('int_households') }}
    where cut_id = 'night'
),

place_scopes as (
    select
        place_code,
        'national' as scope_kind,
        'CN' as scope_code,
        1 as scope_rank,
        false as restricted
    from places_in_use
    union all
    select
        place_code,
        'province' as scope_kind,
        substr(place_code, 1, 2) as scope_code,
        2 as scope_rank,
        false as restricted
    from places_in_use
    union all
    select
        place_code,
        'zone' as scope_kind,
        zone_id as scope_code,
        3 as scope_rank,
        restricted
    from {{ ref('int_place_zones') }}
    where cut_id = 'night'
    union all
    select
        place_code,
        'prefecture' as scope_kind,
        substr(place_code, 1, 4) as scope_code,
        4 as scope_rank,
        false as restricted
    from places_in_use
    union all
    select
        place_code,
        'county' as scope_kind,
        substr(place_code, 1, 6) as scope_code,
        5 as scope_rank,
        false as restricted
    from places_in_use
    union all
    select
        place_code,
        'township' as scope_kind,
        substr(place_code, 1, 9) as scope_code,
        6 as scope_rank,
        false as restricted
    from places_in_use
    where length(place_code) >= 9
    union all
    select
        place_code,
        'village' as scope_kind,
        place_code as scope_code,
        7 as scope_rank,
        false as restricted
    from places_in_use
    where length(place_code) = 12
),

rules as (
    select
        rulebook.*,
        case
            when rulebook.offer = 'must_offer' and (measures.needs_agreement or rulebook.condition_code = '11')
                then 'may_offer'
            else rulebook.offer
        end as offer_allowed
    from {{ ref('rulebook') }} as rulebook
    inner join {{ ref('measures') }} as measures
        on rulebook.measure_code = measures.measure_code
    where {{ holds_on(night(), 'rulebook.valid_from', 'rulebook.valid_to') }}
),

candidates as (
    select
        place_scopes.place_code,
        place_scopes.scope_kind,
        place_scopes.scope_rank,
        place_scopes.restricted,
        rules.rule_id,
        rules.scope_code,
        rules.condition_kind,
        rules.condition_code,
        rules.measure_code,
        rules.offer_allowed as offer,
        rules.alternative_measure_code,
        rules.priority,
        case rules.offer_allowed when 'must_offer' then 3 when 'may_offer' then 2 else 1 end as strength
    from place_scopes
    inner join rules
        on place_scopes.scope_kind = rules.scope_kind and place_scopes.scope_code = rules.scope_code
    where not (place_scopes.restricted and rules.offer_allowed = 'unavailable_here')
),

ranked as (
    select
        candidates.*,
        row_number() over (
            partition by place_code, condition_kind, condition_code, measure_code, restricted
            order by scope_rank desc, strength desc, priority asc, rule_id asc
        ) as precedence
    from candidates
),

open_rules as (
    select
        ranked.*,
        -- A left join with a condition on its left side alone would compare every place with every other.
        case when offer <> 'must_offer' then place_code end as floored_place_code
    from ranked
    where precedence = 1 and not restricted
),

national_musts as (
    select
        candidates.*,
        row_number() over (
            partition by place_code, condition_kind, condition_code, measure_code
            order by priority, rule_id
        ) as precedence
    from candidates
    where scope_kind = 'national' and offer = 'must_offer'
),

floors as (
    select * from national_musts
    where precedence = 1
),

floored as (
    select
        open_rules.place_code,
        open_rules.condition_kind,
        open_rules.condition_code,
        open_rules.measure_code,
        coalesce(floors.rule_id, open_rules.rule_id) as rule_id,
        coalesce(floors.scope_kind, open_rules.scope_kind) as scope_kind,
        coalesce(floors.offer, open_rules.offer) as offer,
        case when floors.rule_id is null then open_rules.alternative_measure_code end as alternative_measure_code,
        coalesce(floors.priority, open_rules.priority) as priority,
        coalesce(floors.strength, open_rules.strength) as strength,
        false as restricted
    from open_rules
    left join floors
        on
            open_rules.floored_place_code = floors.place_code
            and open_rules.condition_kind = floors.condition_kind
            and open_rules.condition_code = floors.condition_code
            and open_rules.measure_code = floors.measure_code
),

with_added as (
    select * from floored
    union all
    select
        place_code,
        condition_kind,
        condition_code,
        measure_code,
        rule_id,
        scope_kind,
        offer,
        alternative_measure_code,
        priority,
        strength,
        restricted
    from ranked
    where precedence = 1 and restricted
),

decided as (
    select
        with_added.*,
        row_number() over (
            partition by place_code, condition_kind, condition_code, measure_code
            order by strength desc, restricted asc, rule_id asc
        ) as choice
    from with_added
)

select
    place_code,
    condition_kind,
    condition_code,
    measure_code,
    offer,
    alternative_measure_code,
    priority,
    rule_id,
    scope_kind,
    restricted
from decided
where choice = 1 or (offer = 'unavailable_here' and alternative_measure_code is not null)
