-- Grain: cut, measured quantity and sampled household.
-- Steps: 1. samples of the months before the cut in which evidence counts, with what the registry knew of the household
-- at it; 2. who counts in each quantity is the assessor's word (met as exited, found poor, asked), so that nothing the
-- scored reports takes a household out. Two also ask the registry: identification, whether the household was ever
-- registered as poor; and omission, whether it was so on the day it was met, by its last row even if it was closed
-- since, and not removed by then: an applicant, one that was refused and one that is merely watched are not; 3. the
-- weight of each: of persons, or of households where households were asked; 4. of settled cuts (int_open_cuts) the
-- rows of the carried night.
{% set quantities = [
    ('exit_accuracy', 'verified_exit_correct is not null', 'verified_exit_correct', 'design_weight * persons'),
    ('wrong_exit', 'verified_exit_correct is not null', 'not verified_exit_correct', 'design_weight * persons'),
    ('omission', 'not registered_when_met and verified_exit_correct is null', 'verified_poor',
        'design_weight * persons'),
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
        samples.attempt_id,
        cuts.state_on,
        cuts.known_by
    from {{ ref('int_cut_samples') }} as samples
    inner join {{ ref('int_open_cuts') }} as cuts
        on samples.cut_id = cuts.cut_id and not cuts.settled
    inner join {{ ref('int_cut_evidence_windows') }} as windows
        on samples.cut_id = windows.cut_id
    where samples.sampled_on > windows.after_day and samples.sampled_on <= cuts.state_on
),

decided as (
    select
        samples.cut_id,
        samples.evidence_key,
        bool_or(decisions.act = 'return' and decisions.decided_on >= samples.sampled_on) as taken_back,
        max_by(decisions.act, (decisions.decided_on, decisions.decision_id))
        filter (where decisions.decided_on <= samples.sampled_on) as act_before
    from samples
    inner join {{ ref('int_cut_decisions') }} as decisions
        on
            samples.cut_id = decisions.cut_id
            and samples.household_key = decisions.household_key
            and decisions.act in ({{ quoted(taking_in_acts() + ['remove']) }})
    group by samples.cut_id, samples.evidence_key
),

registered as (
    select
        samples.cut_id,
        samples.evidence_key,
        max_by(
            coalesce(versions.registered_on, date '9999-12-31'),
            (versions.as_of, versions.known_at, versions.number, versions.file, versions.row)
        ) as registered_on
    from samples
    inner join {{ ref('int_household_versions') }} as versions
        on
            samples.household_key = versions.household_key
            and samples.state_on >= versions.as_of
            and samples.known_by >= versions.known_at
            and versions.operation <> 'close'
    group by samples.cut_id, samples.evidence_key
),

known as (
    select
        samples.*,
        registry.registered_on is not null as ever_registered,
        offers.household_key is not null as offered,
        coalesce(decided.taken_back, false) as taken_back,
        coalesce(
            registered.registered_on <= samples.sampled_on and coalesce(decided.act_before, '') <> 'remove', false
        ) as registered_when_met
    from samples
    left join {{ ref('int_accepted_households') }} as registry
        on samples.cut_id = registry.cut_id and samples.household_key = registry.household_key
    left join {{ ref('int_cut_sample_offers') }} as offers
        on samples.cut_id = offers.cut_id and samples.household_key = offers.household_key
    left join decided
        on samples.cut_id = decided.cut_id and samples.evidence_key = decided.evidence_key
    left join registered
        on samples.cut_id = registered.cut_id and samples.evidence_key = registered.evidence_key
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
