-- Grain: open cut and household on the register: registered and not exited by a decision.
-- Steps: households that need no decision to be helped; applicants, refused, exited and merely monitored ones are not
-- in the stock, provisional ones are.
select
    status.cut_id,
    status.household_key,
    status.status,
    households.place_code,
    households.county_id,
    households.registered_on
from {{ ref('int_household_status') }} as status
inner join {{ ref('int_households') }} as households
    on status.cut_id = households.cut_id and status.household_key = households.household_key
where status.status in ('registered', 'pre_exit', 'returned', 'exit_undecided', 'close_undecided', 'provisional')
