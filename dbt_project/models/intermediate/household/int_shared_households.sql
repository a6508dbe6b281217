-- Grain: cut and household with a member who is a member of another household too.
-- Steps: such members counted, and those of them who count in the figures of areas with the other household.
select
    cut_id,
    household_key,
    count(*) as shared_members,
    count(*) filter (where not counts_here) as counted_elsewhere
from {{ ref('int_shared_members') }}
group by cut_id, household_key
