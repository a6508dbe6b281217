-- Every row received of an attempt and dataset is in one count of quality.attempt_differences, on every night that was
-- judged since they are counted. Accepted and held rows are the same number there and in quality.attempt_datasets, but
-- where rows of a deleted person became rejected ones since.
with

nights as (
    select distinct night
    from {{ ref('quality__attempt_differences') }}
),

due as (
    select datasets.*
    from {{ ref('quality__attempt_datasets') }} as datasets
    inner join nights
        on datasets.night = nights.night
),

counted as (
    select
        *,
        new_rows + changed_rows + unchanged_rows + closed_rows as taken_rows
    from {{ ref('quality__attempt_differences') }}
)

select
    coalesce(due.attempt_id, counted.attempt_id) as attempt_id,
    coalesce(due.dataset, counted.dataset) as dataset,
    due.received,
    due.accepted,
    due.held,
    due.rejected,
    counted.taken_rows,
    counted.held_rows,
    counted.rejected_rows
from due
full outer join counted
    on due.attempt_id = counted.attempt_id and due.dataset = counted.dataset
where
    coalesce(due.received, 0) <> coalesce(counted.taken_rows + counted.held_rows + counted.rejected_rows, 0)
    or coalesce(due.rejected, 0) < coalesce(counted.rejected_rows, 0)
    or (
        coalesce(due.rejected, 0) = coalesce(counted.rejected_rows, 0)
        and (due.accepted <> counted.taken_rows or due.held <> counted.held_rows)
    )
