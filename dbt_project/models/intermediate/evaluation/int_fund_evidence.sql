-- Grain: cut, measured quantity and project.
-- Steps: 1. money allocated by the cut's day; 2. of the year before it, the share disbursed and the months of 30 days
-- until the last disbursement, or until the cut for what still lies; 3. of all money, what lies longer than the
-- standard of that day says.
with

funds as (
    select
        funds.cut_id,
        funds.county_id || '-' || funds.project_id as evidence_key,
        funds.place_code,
        funds.allocated,
        funds.disbursed_on is not null as paid_on_a_day,
        funds.attempt_id,
        cuts.state_on,
        least(coalesce(funds.disbursed, 0), funds.allocated) as paid,
        funds.allocated_on > cuts.state_on - interval 1 year as of_the_year,
        {{ days_between('funds.allocated_on', 'cuts.state_on') }} as days_since_allocation,
        {{ days_between('funds.allocated_on', 'least(coalesce(funds.disbursed_on, cuts.state_on), cuts.state_on)') }}
            as days_to_last_payment
    from {{ ref('int_cut_funds') }} as funds
    inner join {{ ref('int_cuts') }} as cuts
        on funds.cut_id = cuts.cut_id
    where funds.allocated_on <= cuts.state_on and funds.allocated > 0
),

idle as (
    select
        cut_id,
        value as idle_days
    from {{ ref('int_cut_standards') }}
    where subject = 'funds_idle_days'
)

select
    cut_id,
    'disbursed_share' as measured,
    evidence_key,
    place_code,
    cast(paid as decimal(28, 4)) as numerator,
    cast(allocated as decimal(28, 4)) as denominator,
    cast(null as varchar) as missing,
    attempt_id
from funds
where of_the_year
union all
select
    cut_id,
    'disbursement_months' as measured,
    evidence_key,
    place_code,
    cast(
        round(
            (paid * greatest(0, days_to_last_payment) + (allocated - paid) * days_since_allocation) / 30.0, 4
        ) as decimal(28, 4)
    ) as numerator,
    cast(allocated as decimal(28, 4)) as denominator,
    case when paid > 0 and not paid_on_a_day then 'no day of the last payment' end as missing,
    attempt_id
from funds
where of_the_year
union all
select
    funds.cut_id,
    'carried_over_share' as measured,
    funds.evidence_key,
    funds.place_code,
    cast(
        case when funds.days_since_allocation > idle.idle_days then funds.allocated - funds.paid else 0 end
        as decimal(28, 4)
    ) as numerator,
    cast(funds.allocated as decimal(28, 4)) as denominator,
    cast(null as varchar) as missing,
    funds.attempt_id
from funds
inner join idle
    on funds.cut_id = idle.cut_id
