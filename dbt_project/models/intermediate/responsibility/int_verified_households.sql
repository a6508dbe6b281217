-- Grain: sampled household of the months before the night in which evidence counts, by assessor.
-- Steps: 1. the samples of those months, as the scores take them (int_sample_evidence); 2. the household is the one of
-- the sampled county, by its stable id, and stands under the code that county has today; 3. whether it was on the
-- register on the day it was met: as it is tonight or, when an office decided on it since, as the decisions of before
-- that day left it. Who lives in it is the assessor's word, so that households outside the register are told as those
-- in it are.
with

samples as (
    select
        samples.* exclude (household_key, county_code),
        coalesce(counties.current_code, samples.county_code) as county_code,
        coalesce(counties.county_id, samples.county_code) || '-' || samples.household_id as household_key
    from {{ ref('int_samples') }} as samples
    left join {{ ref('int_county_codes') }} as counties
        on samples.county_code = counties.county_code
    inner join {{ ref('int_cut_evidence_windows') }} as windows
        on windows.cut_id = 'night'
    where samples.sampled_on > windows.after_day and samples.sampled_on <= {{ night() }}
),

-- Of the decisions up to the day the household was met the last one, and the first one after it.
met as (
    select
        samples.county_id,
        samples.sample_id,
        max_by(decisions.act, (decisions.decided_on, decisions.decision_id))
        filter (where decisions.decided_on <= samples.sampled_on) as act_before,
        min_by(decisions.act, (decisions.decided_on, decisions.decision_id))
        filter (where decisions.decided_on > samples.sampled_on) as act_after
    from samples
    inner join {{ ref('int_cut_decisions') }} as decisions
        on
            samples.household_key = decisions.household_key
            and decisions.cut_id = 'night'
            and decisions.act <> 'refuse'
    group by samples.county_id, samples.sample_id
)

select
    samples.county_id || '-' || samples.sample_id as sample_key,
    samples.county_code,
    samples.village_code,
    samples.design_weight,
    samples.persons,
    samples.sampled_on,
    samples.verified_poor,
    samples.verified_exit_correct,
    samples.satisfied,
    samples.head_sex,
    samples.disabled,
    samples.elderly,
    samples.children,
    case
        when met.act_after in ({{ quoted(ending_acts()) }})
            then coalesce(met.act_before in ({{ quoted(taking_in_acts()) }}), true)
        when met.act_after is not null then coalesce(met.act_before in ({{ quoted(taking_in_acts()) }}), false)
        else stock.household_key is not null
    end as on_register
from samples
left join met
    on samples.county_id = met.county_id and samples.sample_id = met.sample_id
left join {{ ref('int_register_stock') }} as stock
    on samples.household_key = stock.household_key and stock.cut_id = 'night'
