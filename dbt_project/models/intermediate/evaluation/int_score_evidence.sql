-- Grain: cut, measured quantity and row of evidence.
-- Steps: 1. the evidence of samples, money and promises in one form: what counts (denominator) and what was reached
-- (numerator); 2. each under the code that its county has today, so that a recoded county is scored as one; 3. the
-- rows contested in a recomputation are left out; on a night none is.
with

together as (
    select
        cut_id,
        measured,
        'samples' as dataset,
        evidence_key,
        place_code,
        cluster_code,
        cast(case when hit then weight else 0 end as decimal(28, 4)) as numerator,
        cast(weight as decimal(28, 4)) as denominator,
        cast(null as varchar) as missing,
        attempt_id
    from {{ ref('int_sample_evidence') }}
    union all
    select
        cut_id,
        measured,
        'funds' as dataset,
        evidence_key,
        place_code,
        cast(null as varchar) as cluster_code,
        numerator,
        denominator,
        missing,
        attempt_id
    from {{ ref('int_fund_evidence') }}
    union all
    select
        cut_id,
        measured,
        case when measured = 'tasks_in_time' then 'tasks' else 'pairing_deliveries' end as dataset,
        evidence_key,
        place_code,
        cast(null as varchar) as cluster_code,
        numerator,
        denominator,
        missing,
        attempt_id
    from {{ ref('int_promise_evidence') }}
)

select
    together.cut_id,
    together.measured,
    together.dataset,
    together.evidence_key,
    coalesce(counties.current_code || substr(together.place_code, 7), together.place_code) as place_code,
    together.cluster_code,
    together.numerator,
    together.denominator,
    together.missing,
    together.attempt_id
from together
left join {{ ref('int_county_codes') }} as counties
    on substr(together.place_code, 1, 6) = counties.county_code
where {{ not_contested('together.evidence_key') }}
