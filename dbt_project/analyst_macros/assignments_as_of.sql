-- responsibility.assignments_as_of(day, known_at := timestamp): who was in charge of which household on that day, by
-- the first and last day of the assignment's last version known then. One that was closed counts until the day before
-- closed_on; one that was entered in error never was.
create or replace macro responsibility.assignments_as_of(day, known_at := null) as table
select
    v.household_key,
    v.staff_key,
    v.from_date,
    least(v.to_date, v.closed_from - 1) as to_date,
    v.as_of,
    v.known_at as known_since
from (
    select
        a.*,
        row_number() over (
            partition by a.household_key, a.staff_key, a.from_date, a.operation = 'close' order by a.version desc
        ) as recency,
        last_value(if(a.operation = 'close', coalesce(a.closed_on, a.as_of), null)) over all_known as closed_from,
        last_value(coalesce(a.close_reason, '')) over all_known = 'entered_in_error' as entered_in_error
    from responsibility.assignment_versions as a
    where a.known_at <= coalesce(known_at, timestamp '9999-12-31 00:00:00')
    window all_known as (
        partition by a.household_key, a.staff_key, a.from_date order by a.version
        rows between unbounded preceding and unbounded following
    )
) as v
where
    v.recency = 1 and v.operation <> 'close' and not v.entered_in_error
    and v.from_date <= day and coalesce(v.to_date >= day, true) and coalesce(v.closed_from > day, true);

comment on macro table responsibility.assignments_as_of is
'Who was in charge of which household on a day: responsibility.assignments_as_of(day, known_at := timestamp). '
'day is matched with the first and last day of the charge, which a close ends from its day on; known_at is the moment up to which reports had come '
'in (Asia/Shanghai); leave it out for all that this file knows. One row per household, duty holder and first '
'day. Example: select household_key, staff_key from responsibility.assignments_as_of(date ''2026-06-30'', '
'known_at := timestamp ''2026-11-20 22:00:00'')';
