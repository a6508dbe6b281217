-- household.measures_as_of(day, known_at := timestamp): the measures offered by that day and how each stood on it, by
-- the dates of its last version known then. Measures that were turned down are in no list, of no day.
create or replace macro household.measures_as_of(day, known_at := null) as table
select
    v.measure_key,
    v.household_key,
    v.person_no,
    v.measure_code,
    case when v.delivered_on <= day then 'delivered' when v.accepted_on <= day then 'accepted' else 'offered' end
        as standing,
    v.offered_on,
    case when v.accepted_on <= day then v.accepted_on end as accepted_on,
    case when v.delivered_on <= day then v.delivered_on end as delivered_on,
    case when v.delivered_on <= day then v.amount end as amount,
    v.as_of,
    v.known_at as known_since
from (
    select
        m.*,
        row_number() over (partition by m.measure_key order by m.version desc) as recency
    from household.measure_versions as m
    where m.known_at <= coalesce(known_at, timestamp '9999-12-31 00:00:00')
) as v
where
    v.recency = 1 and v.operation <> 'close'
    and least(v.offered_on, v.accepted_on, v.delivered_on) <= day;
