-- Grain: sampled household, by assessor.
-- Steps: samples in force on the night, with what the registry says of the household on the night: an applicant and one
-- that was refused are not registered; the household is the one of the sampled county, by its stable id. Who lives in
-- it is the assessor's word, so that households outside the register are told as those in it are.
with

county_ids as (
    select
        place_code as county_code,
        max(county_id) as county_id
    from {{ ref('places') }}
    where level = 'county'
    group by place_code
)

select
    samples.county_id || '-' || samples.sample_id as sample_key,
    samples.county_code,
    samples.village_code,
    samples.design_weight,
    samples.persons,
    samples.verified_poor,
    samples.verified_exit_correct,
    samples.satisfied,
    samples.head_sex,
    samples.disabled,
    samples.elderly,
    samples.children,
    coalesce(status.status not in ('applicant', 'refused'), false) as registered,
    stock.household_key is not null as on_register,
    coalesce(households.exit_flag = '1', false) as exited
from {{ ref('int_samples') }} as samples
left join county_ids
    on samples.county_code = county_ids.county_code
left join {{ ref('int_households') }} as households
    on
        households.cut_id = 'night'
        and households.household_key
        = coalesce(county_ids.county_id, samples.county_code) || '-' || samples.household_id
left join {{ ref('int_household_status') }} as status
    on households.cut_id = status.cut_id and households.household_key = status.household_key
left join {{ ref('int_register_stock') }} as stock
    on households.cut_id = stock.cut_id and households.household_key = stock.household_key
