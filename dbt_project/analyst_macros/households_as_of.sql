-- household.households_as_of(day, known_at := timestamp): each household's version of that day, as it was known then.
-- Call it in the file itself or after USE. Columns are qualified, or they would meet the parameter of the same name.
create or replace macro household.households_as_of(day, known_at := null) as table
select v.* exclude (recency)
from (
    select
        h.*,
        row_number() over (partition by h.household_key order by h.version desc) as recency
    from household.household_versions as h
    where h.as_of <= day and h.known_at <= coalesce(known_at, timestamp '9999-12-31 00:00:00')
) as v
where v.recency = 1 and v.operation <> 'close';
