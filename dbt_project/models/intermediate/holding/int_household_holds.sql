-- Grain: cut and held household.
-- Steps: the open holds of all its datasets, together.
select
    cut_id,
    household_key,
    min(held_since_night) as held_since_night,
    max(night) as held_night,
    list_sort(list_distinct(flatten(array_agg(held_by)))) as held_by,
    list_sort(array_agg(distinct dataset)) as held_datasets,
    max(attempt_id) as held_attempt_id
from {{ ref('int_open_holds') }}
group by cut_id, household_key
