-- Grain: open cut and decision in force at it.
-- Steps: 1. of each decision the last version known by the cut, whatever day its report speaks for: what was sent again
-- or amended later takes nothing from a month that was cut; 2. those decided by the cut's day and not taken back.
with

known as (
    select
        cuts.cut_id,
        cuts.state_on,
        versions.*,
        row_number() over (
            partition by cuts.cut_id, versions.county_id, versions.decision_id
            order by
                versions.as_of desc,
                versions.known_at desc,
                versions.number desc,
                versions.file desc,
                versions.row desc
        ) as recency
    from {{ ref('int_decision_versions') }} as versions
    inner join {{ ref('int_open_cuts') }} as cuts
        on versions.known_at <= cuts.known_by
)

select
    cut_id,
    county_id,
    decision_id,
    household_key,
    act,
    decided_on
from known
where recency = 1 and operation <> 'close' and decided_on <= state_on
