-- Grain: cut, measured quantity and project.
-- Steps: 1. money allocated by the cut's day; 2. of the months before it in which evidence counts, the share disbursed;
-- 3. the instalments of that money: each row that told of more paid than those before it, by the row's day of the last
-- payment; a row that a later one does not exceed was corrected by that one and tells nothing, and a row that tells an
-- earlier day dates what came before it too; 4. the months of 30 days until each instalment was paid, or until the cut
-- for what still lies or has no day; 5. of all money, what lies longer than the standard of that day says.
{% set key = ['county_id', 'project_id'] %}
{% set told = ['operation', 'disbursed', 'disbursed_on'] %}
{% set in_order = ['as_of', 'known_at', 'number', 'file', 'row'] %}
with

funds as (
    select
        funds.cut_id,
        funds.county_id,
        funds.project_id,
        funds.county_id || '-' || funds.project_id as evidence_key,
        funds.place_code,
        funds.allocated,
        funds.disbursed_on is not null as paid_on_a_day,
        funds.attempt_id,
        cuts.state_on,
        cuts.known_by,
        funds.allocated_on,
        least(coalesce(funds.disbursed, 0), funds.allocated) as paid,
        funds.allocated_on > windows.after_day as of_the_year,
        {{ days_between('funds.allocated_on', 'cuts.state_on') }} as days_since_allocation
    from {{ ref('int_cut_funds') }} as funds
    inner join {{ ref('int_cuts') }} as cuts
        on funds.cut_id = cuts.cut_id
    inner join {{ ref('int_cut_evidence_windows') }} as windows
        on funds.cut_id = windows.cut_id
    where funds.allocated_on <= cuts.state_on and funds.allocated > 0
),

versions as (
    {{ changed_versions(ref('stg_accepted__funds'), key, told, key + told + in_order) | indent(4) }}
),

payments_told as (
    select
        funds.cut_id,
        funds.evidence_key,
        funds.allocated,
        funds.allocated_on,
        funds.state_on,
        versions.disbursed_on,
        case when versions.operation = 'close' then 0 else coalesce(versions.disbursed, 0) end as paid_in_all,
        row_number() over (
            partition by funds.cut_id, funds.evidence_key
            order by
                versions.as_of desc,
                versions.known_at desc,
                versions.number desc,
                versions.file desc,
                versions.row desc
        ) as recency
    from funds
    inner join versions
        on
            funds.county_id = versions.county_id
            and funds.project_id = versions.project_id
            and funds.state_on >= versions.as_of
            and funds.known_by >= versions.known_at
    where funds.of_the_year
),

followed as (
    select
        payments_told.*,
        min(paid_in_all) over (
            partition by cut_id, evidence_key
            order by recency
            rows between unbounded preceding and 1 preceding
        ) as paid_in_all_later
    from payments_told
),

instalments as (
    select
        cut_id,
        evidence_key,
        allocated_on,
        state_on,
        least(paid_in_all, allocated) - coalesce(lead(least(paid_in_all, allocated)) over newest_first, 0) as amount,
        min(disbursed_on) over newest_first as paid_by
    from followed
    where paid_in_all_later is null or paid_in_all < paid_in_all_later
    window newest_first as (partition by cut_id, evidence_key order by recency)
),

waited as (
    select
        cut_id,
        evidence_key,
        sum(
            amount
            * greatest(0, {{ days_between('allocated_on', 'least(coalesce(paid_by, state_on), state_on)') }})
        ) as yuan_days
    from instalments
    group by cut_id, evidence_key
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
    funds.cut_id,
    'disbursement_months' as measured,
    funds.evidence_key,
    funds.place_code,
    cast(
        round((waited.yuan_days + (funds.allocated - funds.paid) * funds.days_since_allocation) / 30.0, 4)
        as decimal(28, 4)
    ) as numerator,
    cast(funds.allocated as decimal(28, 4)) as denominator,
    case when funds.paid > 0 and not funds.paid_on_a_day then 'no day of the last payment' end as missing,
    funds.attempt_id
from funds
inner join waited
    on funds.cut_id = waited.cut_id and funds.evidence_key = waited.evidence_key
where funds.of_the_year
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
