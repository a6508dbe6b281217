-- Grain: cut, indicator set, level and place.
-- Steps: 1. the points of its indicators added up, and those that could be reached with the evidence there is; 2. the
-- share of them in hundred; 3. a veto leaves nothing of it.
select
    cut_id,
    indicator_set,
    level,
    place_code,
    cast(sum(points) as decimal(12, 4)) as points,
    cast(sum(weight) filter (where points is not null) as decimal(12, 4)) as points_possible,
    cast(sum(weight) as decimal(12, 4)) as points_of_the_set,
    cast(count(*) filter (where state = 'no_evidence') as bigint) as indicators_without_evidence,
    string_agg(indicator, ',' order by indicator) filter (where state = 'veto') as vetoed_by,
    string_agg(indicator, ',' order by indicator) filter (where state = 'veto_open') as veto_open,
    case
        when count(*) filter (where state = 'veto') > 0 then cast(0 as decimal(9, 4))
        else cast(
            round(
                100 * cast(sum(points) as double)
                / nullif(cast(sum(weight) filter (where points is not null) as double), 0), 4
            ) as decimal(9, 4)
        )
    end as score
from {{ ref('int_indicator_scores') }}
group by cut_id, indicator_set, level, place_code
