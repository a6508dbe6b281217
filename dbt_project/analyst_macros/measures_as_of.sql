-- household.measures_as_of(day, known_at := timestamp): the measures offered by that day and how each stood on it, by
-- the dates of its last version known then. A measure that was turned down stays offered, on every day. One that was
-- closed is told of the days before closed_on; one that was entered in error never was.
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
        row_number() over (
            partition by m.measure_key, m.operation = 'close' order by m.version desc
        ) as recency,
        last_value(if(m.operation = 'close', coalesce(m.closed_on, m.as_of), null)) over all_known as closed_from,
        last_value(coalesce(m.close_reason, '')) over all_known = 'entered_in_error' as entered_in_error
    from household.measure_versions as m
    where m.known_at <= coalesce(known_at, timestamp '9999-12-31 00:00:00')
    window all_known as (
        partition by m.measure_key order by m.version rows between unbounded preceding and unbounded following
    )
) as v
where
    v.recency = 1 and v.operation <> 'close' and not v.entered_in_error
    and coalesce(v.closed_from > day, true)
    and least(v.offered_on, v.accepted_on, v.delivered_on) <= day;

comment on macro table household.measures_as_of is
'The measures offered by a day and how each stood on it: household.measures_as_of(day, known_at := timestamp). '
'day is matched with the measure''s own dates (offered, accepted, delivered); known_at is the moment up to '
'which reports had come in (Asia/Shanghai); leave it out for all that this file knows. One row per measure; '
'standing offered, accepted or delivered. A measure that was turned down stays offered; one that was closed is in '
'the answers for the days before. Example: select '
'standing, count(*) from household.measures_as_of(date ''2026-06-30'', known_at := timestamp ''2026-11-20 '
'22:00:00'') group by standing';
