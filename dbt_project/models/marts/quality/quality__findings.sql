-- Grain: one finding, the same across nights.
-- Steps: 1. where it was seen last, and on which nights first and last since it was mended last, if it ever was; 2. new
-- on its first night, standing when it was there before, cleared when a later attempt could have shown it and did not:
-- about a row, one that sent that row again, or a full package with its dataset; or when its office took back every
-- package that showed it. A row without a key is known by file and row alone, and is never standing. 3. explained when
-- its office has said why it is true and the value is still the same; ours when the fault is our own, which asks
-- nothing of anybody. 4. closed from the night on which it was cleared or explained, whichever came first, and from its
-- first night when it is ours; open while it is not closed.
select
    finding_id,
    state,
    is_open,
    first_night,
    last_night,
    cleared_night,
    explained_night,
    closed_night,
    rule,
    rule_version,
    severity,
    trial,
    submitter,
    county_id,
    attempt_id,
    dataset,
    file,
    row,
    household_key,
    row_key,
    "column",
    value_class,
    detail,
    cast(occurrences as bigint) as occurrences
from {{ ref('int_finding_states') }}
