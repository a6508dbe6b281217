-- Grain: night and county.
-- Steps: 1. the points of its indicators added up, and those that could be reached with the evidence there is; 2. the
-- share of them in hundred.
select
    night,
    county_id,
    cast(sum(points) as decimal(12, 4)) as points,
    cast(sum(weight) filter (where points is not null) as decimal(12, 4)) as points_possible,
    cast(count(*) filter (where points is null) as bigint) as indicators_without_evidence,
    cast(
        round(
            100 * cast(sum(points) as double)
            / nullif(cast(sum(weight) filter (where points is not null) as double), 0), 4
        ) as decimal(9, 4)
    ) as score
from {{ ref('int_county_scorecards') }}
group by night, county_id
