-- Grain: one rule of the catalogue of checks.
-- Steps: the catalogue, with the findings it has open tonight and those of this night, and its yield:
-- all it ever found, what of that was mended, what was explained.
with

yields as (
    select
        rule,
        count(*) filter (where is_open) as open_findings,
        count(*) as findings,
        count(*) filter (where cleared_night is not null) as mended
    from {{ ref('int_finding_states') }}
    group by rule
),

of_nights as (
    select
        occurrences.rule,
        count(distinct occurrences.finding_id) filter (where occurrences.night = {{ night() }}) as findings_tonight,
        count(distinct explained.finding_id) as explained
    from {{ ref('int_finding_occurrences') }} as occurrences
    left join {{ ref('int_findings_explained') }} as explained
        on occurrences.finding_id = explained.finding_id and occurrences.attempt_id = explained.attempt_id
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
    cast(coalesce(of_nights.findings_tonight, 0) as bigint) as findings_tonight,
    cast(coalesce(yields.findings, 0) as bigint) as findings,
    cast(coalesce(yields.mended, 0) as bigint) as mended_findings,
    cast(coalesce(of_nights.explained, 0) as bigint) as explained_findings
from {{ ref('stg_lists__rules') }} as rules
left join yields
    on rules.rule = yields.rule
left join of_nights
    on rules.rule = of_nights.rule
