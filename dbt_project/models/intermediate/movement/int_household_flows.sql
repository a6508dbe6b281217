-- Grain: cut that is due and household that is on the register then or was at the cut before.
-- Steps: 1. the household at both cuts; 2. why it came: first reported (no earlier month is on record), moved, split
-- off or merged from a household its members were of, returned after an exit, or entered; 3. why it left: moved,
-- split or merged by the reason of its close, exited when the last that was decided of it was an exit (a close may
-- carry it out), or closed; 4. whether an entry or an exit is late news of a month before.
with

pairs as (
    select pairs.*
    from {{ ref('int_cut_pairs') }} as pairs
    inner join {{ ref('int_open_cuts') }} as cuts
        on pairs.cut_id = cuts.cut_id and not cuts.settled
),

before as (
    select
        pairs.cut_id,
        stock.household_key,
        stock.place_code
    from pairs
    inner join {{ ref('int_register_stock') }} as stock
        on pairs.previous_cut_id = stock.cut_id
),

known_before as (
    select
        pairs.cut_id,
        status.household_key,
        status.status
    from pairs
    inner join {{ ref('int_household_status') }} as status
        on pairs.previous_cut_id = status.cut_id
),

closes as (
    select
        cuts.cut_id,
        versions.household_key,
        arg_max(
            versions.close_reason, (versions.as_of, versions.known_at, versions.number, versions.file, versions.row)
        ) as close_reason
    from {{ ref('int_household_versions') }} as versions
    inner join {{ ref('int_open_cuts') }} as cuts
        on versions.as_of <= cuts.state_on and versions.known_at <= cuts.known_by
    where versions.operation = 'close'
    group by cuts.cut_id, versions.household_key
),

endings as (
    select
        cut_id,
        household_key,
        arg_max(act, (decided_on, decision_id)) as act,
        max(decided_on) as decided_on
    from {{ ref('int_cut_decisions') }}
    group by cut_id, household_key
),

both_cuts as (
    select
        coalesce(stock.cut_id, before.cut_id) as cut_id,
        coalesce(stock.household_key, before.household_key) as household_key,
        before.place_code as place_before,
        stock.place_code as place_now,
        stock.status,
        stock.registered_on
    from {{ ref('int_register_stock') }} as stock
    full outer join before
        on stock.cut_id = before.cut_id and stock.household_key = before.household_key
),

classified as (
    select
        both_cuts.cut_id,
        both_cuts.household_key,
        both_cuts.place_before,
        both_cuts.place_now,
        case
            when both_cuts.place_now = both_cuts.place_before then 'stayed'
            when both_cuts.place_now is not null and both_cuts.place_before is not null then 'moved'
            when both_cuts.place_now is not null
                then
                    case
                        when pairs.previous_cut_id is null then 'first_reported'
                        when origin_closes.close_reason = 'merged' then 'merged'
                        when origins.from_another_county or origin_closes.close_reason = 'moved_out' then 'moved'
                        when origins.origin_key is not null then 'split'
                        when both_cuts.status = 'returned' or known_before.status = 'exited' then 'returned'
                        else 'entered'
                    end
            when status_now.status = 'exited' then 'exited'
            when status_now.status is not null then 'closed'
            when closes.close_reason = 'moved_out' then 'moved'
            when closes.close_reason in ('split', 'merged') then closes.close_reason
            when endings.act = 'exit' then 'exited'
            else 'closed'
        end as flow,
        both_cuts.registered_on <= pairs.previous_state_on as registered_before,
        coalesce(status_now.exit_decided_on, endings.decided_on) <= pairs.previous_state_on as exit_decided_before
    from both_cuts
    inner join pairs
        on both_cuts.cut_id = pairs.cut_id
    left join {{ ref('int_household_origins') }} as origins
        on both_cuts.cut_id = origins.cut_id and both_cuts.household_key = origins.household_key
    left join closes as origin_closes
        on origins.cut_id = origin_closes.cut_id and origins.origin_key = origin_closes.household_key
    left join known_before
        on both_cuts.cut_id = known_before.cut_id and both_cuts.household_key = known_before.household_key
    left join {{ ref('int_household_status') }} as status_now
        on both_cuts.cut_id = status_now.cut_id and both_cuts.household_key = status_now.household_key
    left join closes
        on both_cuts.cut_id = closes.cut_id and both_cuts.household_key = closes.household_key
    left join endings
        on both_cuts.cut_id = endings.cut_id and both_cuts.household_key = endings.household_key
)

select
    cut_id,
    household_key,
    place_before,
    place_now,
    flow,
    coalesce(flow = 'entered' and registered_before, false) as late_entry,
    coalesce(flow = 'exited' and exit_decided_before, false) as late_exit
from classified
