{# Later attempts that could have shown a finding again, one row (finding_id, night) each: about a household, one that
   sent rows of the same dataset for it, or a full package with the household in it; about a file or a row without
   household, one with a readable file of that dataset; about a package, one that was not refused. `seen` is a relation
   of finding_id, county_id, dataset, household_key and the number of the attempt it was seen in last. #}
{% macro later_attempts(seen) %}
select
    seen.finding_id,
    touches.night
from {{ seen }} as seen
inner join {{ ref('int_household_touches') }} as touches
    on
        seen.household_key = touches.household_key
        and seen.number < touches.number
        and (seen.dataset = touches.dataset or (touches.dataset = 'households' and touches.kind = 'full'))
union all
select
    seen.finding_id,
    files.night
from {{ seen }} as seen
inner join {{ ref('stg_ledger__files') }} as files
    on seen.dataset = files.dataset and files.readable
inner join {{ ref('stg_ledger__attempts') }} as attempts
    on
        files.attempt_id = attempts.attempt_id
        and seen.county_id = attempts.county_id
        and seen.number < attempts.number
where seen.household_key is null
union all
select
    seen.finding_id,
    attempts.night
from {{ seen }} as seen
inner join {{ ref('stg_ledger__attempts') }} as attempts
    on
        seen.county_id = attempts.county_id
        and seen.number < attempts.number
        and attempts.refusal is null
where seen.household_key is null and seen.dataset is null
{% endmacro %}
