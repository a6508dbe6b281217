-- Grain: cut, measured quantity and sampled household.
-- Steps: 1. samples of the year before the cut, with what the registry knew of the household at it; 2. who counts in
-- each quantity is the assessor's word (met as exited, met outside the registry, asked), so that nothing the scored
-- reports takes a household out; identification alone also asks the registry, whether it was ever registered as poor;
-- 3. the weight of each: of persons, or of households where households were asked; 4. of settled cuts (int_open_cuts)
-- the rows of the carried night.
{% set quantities = [
    ('exit_accuracy', 'verified_exit_correct is not null', 'verified_exit_correct', 'design_weight * persons'),
    ('wrong_exit', 'verified_exit_correct is not null', 'not verified_exit_correct', 'design_weight * persons'),
    ('omission', 'household_key is null', 'verified_poor', 'design_weight * persons'),
    ('identification_accuracy', 'ever_registered and verified_exit_correct is null', 'verified_poor',
        'design_weight * persons'),
    ('satisfaction', 'satisfied is not null', 'satisfied', 'design_weight'),
    ('need_offered', 'verified_poor', 'offered', 'design_weight'),
    ('wrong_exits_mended', 'not verified_exit_correct', 'taken_back', 'cast(1 as decimal(12, 4))'),
] %}
with

samples as (
    select
        samples.cut_id,
        samples.county_id || '-' || samples.sample_id as evidence_key,
        samples.county_code,
        samples.village_code,
        samples.household_key,
        samples.design_weight,
        samples.persons,
        samples.verified_poor,
        samples.verified_exit_correct,
        samples.satisfied,
        samples.sampled_on,
        samples.attempt_id
    from {{ ref('int_cut_samples') }} as samples
    inner join {{ ref('int_open_cuts') }} as cuts
        on samples.cut_id = cuts.cut_id and not cuts.settled
    where samples.sampled_on > cuts.state_on - interval 1 year and samples.sampled_on <= cuts.state_on
),

returns as (
    select
        cut_id,
        household_key,
        max(decided_on) as returned_on
    from {{ ref('int_cut_decisions') }}
    where act = 'return'
    group by cut_id, household_key
),

known as (
    select
        samples.*,
        registry.registered_on is not null as ever_registered,
        offers.household_key is not null as offered,
        coalesce(returns.returned_on >= samples.sampled_on, false) as taken_back
    from samples
    left join {{ ref('int_accepted_households') }} as registry
        on samples.cut_id = registry.cut_id and samples.household_key = registry.household_key
    left join {{ ref('int_cut_sample_offers') }} as offers
        on samples.cut_id = offers.cut_id and samples.household_key = offers.household_key
    left join returns
        on samples.cut_id = returns.cut_id and samples.household_key = returns.household_key
)

{% for measured, frame, hit, weight in quantities %}
select
    cut_id,
    '{{ measured }}' as measured,
    evidence_key,
    county_code as place_code,
    village_code as cluster_code,
    cast({{ weight }} as decimal(18, 4)) as weight,
    {{ hit }} as hit,
    attempt_id
from known
where {{ frame }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
{{ and_settled_cuts() }}
