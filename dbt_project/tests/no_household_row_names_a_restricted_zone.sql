-- Restricted tags are absent from household rows: no rule of a restricted zone is named.
select
    recommended.household_key,
    recommended.decided_by_rule
from {{ ref('household__recommended_measures') }} as recommended
inner join {{ ref('zone__rulebook') }} as rulebook
    on recommended.decided_by_rule = rulebook.rule_id
where rulebook.restricted
union all
select
    place_zones.place_code as household_key,
    place_zones.zone_id as decided_by_rule
from {{ ref('zone__place_zones') }} as place_zones
inner join {{ ref('zone__zones') }} as zones
    on place_zones.zone_id = zones.zone_id
where zones.restricted
