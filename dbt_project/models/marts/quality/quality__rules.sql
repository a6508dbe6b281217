-- Grain: one rule of the catalogue of checks.
-- Steps: the catalogue, with the findings it has open tonight and those of this night.
with

yields as (
    select
        occurrences.rule,
        count(distinct occurrences.finding_id) filter (where clearances.finding_id is null) as open_findings,
        count(distinct occurrences.finding_id) filter (where occurrences.night = {{ night() }}) as findings_tonight
    from {{ ref('int_finding_occurrences') }} as occurrences
    left join {{ ref('int_finding_clearances') }} as clearances
        on occurrences.finding_id = clearances.finding_id
    group by occurrences.rule
)

select
    rules.rule,
    rules.version,
    rules.severity,
    rules.dataset,
    rules.columns,
    rules.kind,
    rules.trial,
    rules.value_class,
    rules.title_zh,
    rules.title_en,
    rules.mend_zh,
    rules.mend_en,
    rules.why,
    rules.source,
    cast(coalesce(yields.open_findings, 0) as bigint) as open_findings,
    cast(coalesce(yields.findings_tonight, 0) as bigint) as findings_tonight
from {{ ref('stg_lists__rules') }} as rules
left join yields
    on rules.rule = yields.rule
