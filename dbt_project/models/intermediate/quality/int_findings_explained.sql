-- Grain: finding and attempt in which it is explained.
-- Steps: what its office said of it, without the words of a package that it took back.
select
    explained.finding_id,
    explained.attempt_id,
    explained.explained_night
from {{ ref('stg_ledger__explained') }} as explained
left join {{ ref('stg_ledger__withdrawals') }} as withdrawals
    on explained.explained_by = withdrawals.attempt_id
where withdrawals.attempt_id is null
