-- Grain: one rule of policy.
-- Steps: the seed as it stands, with the measure's name and whether the rule is in force on the night.
select
    rulebook.rule_id,
    rulebook.scope_kind,
    rulebook.scope_code,
    rulebook.condition_kind,
    rulebook.condition_code,
    rulebook.measure_code,
    measures.name_zh as measure_zh,
    measures.name_en as measure_en,
    rulebook.offer,
    rulebook.alternative_measure_code,
    measures.needs_agreement,
    cast(rulebook.priority as integer) as priority,
    rulebook.parameters,
    rulebook.issuer,
    rulebook.valid_from,
    rulebook.valid_to,
    {{ holds_on(night(), 'rulebook.valid_from', 'rulebook.valid_to') }} as in_force,
    coalesce(zones.restricted, false) as restricted,
    rulebook.source
from {{ ref('rulebook') }} as rulebook
left join {{ ref('measures') }} as measures
    on rulebook.measure_code = measures.measure_code
left join {{ ref('zones') }} as zones
    on rulebook.scope_kind = 'zone' and rulebook.scope_code = zones.zone_id
