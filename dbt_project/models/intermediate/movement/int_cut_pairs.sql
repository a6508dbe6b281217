-- Grain: cut, with the cut of the month before that it is compared with.
-- Steps: a restated month is compared with the restated month before, any other with the month before as it was cut;
-- empty for the first month on record.
with

wanted as (
    select
        cut_id,
        month,
        case when vintage = 'restated' then 'restated-' else 'month-' end
        || strftime(month - interval 1 month, '%Y-%m') as wanted_cut_id
    from {{ ref('int_cuts') }}
)

select
    wanted.cut_id,
    before.cut_id as previous_cut_id,
    before.state_on as previous_state_on
from wanted
left join {{ ref('int_cuts') }} as before
    on wanted.wanted_cut_id = before.cut_id
