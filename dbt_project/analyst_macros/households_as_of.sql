-- household.households_as_of(day, known_at := timestamp): each household's version of that day, as it was known then.
-- Call it in the file itself or after USE. Columns are qualified, or they would meet the parameter of the same name.
-- A close ends the household from closed_on when an office decided its exit, removal or stop by that day and since it
-- was last taken in, by the rule of macros/endings.sql, stated again since this file is read without dbt; without such
-- a decision it stays as it last stood. Of each decision the file holds the last version: one amended later counts as
-- known from then.
create or replace macro household.households_as_of(day, known_at := null) as table
with
told as (
    select
        h.*,
        row_number() over (
            partition by h.household_key, h.operation = 'close' order by h.version desc
        ) as recency,
        coalesce(
            last_value(if(h.operation = 'close', coalesce(h.closed_on, h.as_of), null)) over all_told <= day, false
        ) as closed
    from household.household_versions as h
    where h.as_of <= day and h.known_at <= coalesce(known_at, timestamp '9999-12-31 00:00:00')
    window all_told as (
        partition by h.household_key order by h.version rows between unbounded preceding and unbounded following
    )
),

decided as (
    select
        d.household_key,
        max(d.decided_on) filter (where d.act in ('remove', 'stop')) as ended_on,
        max(d.decided_on) filter (where d.act = 'exit') as exited_on,
        max(d.decided_on) filter (where d.act in ('register', 'return')) as taken_in_on
    from household.decisions as d
    where d.decided_on <= day and d.known_at <= coalesce(known_at, timestamp '9999-12-31 00:00:00')
    group by d.household_key
),

-- An exit of before the household was reported as returned, or with a risk that stands, ends nothing.
standing as (
    select t.*
    from told as t
    left join decided as e
        on
            t.household_key = e.household_key
            and t.closed
            and (
                e.ended_on >= coalesce(e.taken_in_on, e.ended_on)
                or (
                    e.exited_on >= coalesce(e.taken_in_on, e.exited_on)
                    and (
                        t.as_of <= e.exited_on
                        or not (
                            coalesce(t.exit_flag, '0') = '3'
                            or (coalesce(t.monitoring_class, '0') <> '0' and coalesce(t.risk_status, '1') = '1')
                        )
                    )
                )
            )
    where t.recency = 1 and t.operation <> 'close' and e.household_key is null
)

select s.* exclude (recency, closed)
from standing as s;

comment on macro table household.households_as_of is
'Each household as it was on a day: household.households_as_of(day, known_at := timestamp). Two clocks: day is '
'the date that the reports speak for, known_at the moment up to which they had come in (Asia/Shanghai); leave '
'known_at out for all that this file knows. One row per household with the columns of '
'household.household_versions: the last version with as_of <= day among those known by then, until a close that '
'an office decided. Accepted reports '
'alone: new households that are held are in household.households and not here. Example: select count(*) from '
'household.households_as_of(date ''2026-11-20'', known_at := timestamp ''2026-11-20 22:00:00'')';

-- household.causes_as_of(day, known_at := timestamp): the causes of each household of that day, as they were known
-- then, the main one and the others. Like households_as_of, which it is made from, it omits provisional households.
create or replace macro household.causes_as_of(day, known_at := null) as table
select
    c.household_key,
    c.cause,
    l.label_en as cause_en,
    c.is_main,
    c.as_of,
    c.known_since
from (
    select distinct
        s.household_key,
        trim(unnest(string_split(concat_ws(',', s.main_cause, s.other_causes), ','))) as cause,
        cause = s.main_cause as is_main,
        s.as_of,
        s.known_at as known_since
    from household.households_as_of(day, known_at := known_at) as s
) as c
left join household.code_lists as l
    on c.cause = l.code and l.list_name = 'cause'
where c.cause <> '';

comment on macro table household.causes_as_of is
'The causes of each household as they were on a day: household.causes_as_of(day, known_at := timestamp). Two '
'clocks: day is the date that the reports speak for, known_at the moment up to which they had come in '
'(Asia/Shanghai); leave known_at out for all that this file knows. One row per household and cause; is_main '
'marks the one main cause. New households that are held are left out. Example: select cause, count(*) from '
'household.causes_as_of(date ''2026-11-20'') where is_main group by cause';

-- household.conditions_as_of(day, known_at := timestamp): food and clothing, housing and water of each household of
-- that day, as they were known then. Income, schooling and medical cover hang on the members' ages, and no birth date is
-- in this file: for tonight they are in household.household_conditions, for months in zone.deprivations_monthly.
-- Like households_as_of, which it is made from, it omits provisional households.
create or replace macro household.conditions_as_of(day, known_at := null) as table
select
    s.household_key,
    unnest(['food_clothing', 'housing', 'water']) as condition,
    unnest([
        case when s.food_clothing_secure then 'met' when not s.food_clothing_secure then 'not_met' else 'unknown' end,
        case
            when s.housing_grade in ('A', 'B') then 'met'
            when s.housing_grade in ('C', 'D') then 'not_met'
            else 'unknown'
        end,
        case when s.water_safe then 'met' when not s.water_safe then 'not_met' else 'unknown' end
    ]) as state,
    s.as_of,
    s.known_at as known_since
from household.households_as_of(day, known_at := known_at) as s;

comment on macro table household.conditions_as_of is
'Food and clothing, housing and water of each household as they were on a day: household.conditions_as_of(day, '
'known_at := timestamp). Two clocks: day is the date that the reports speak for, known_at the moment up to '
'which they had come in (Asia/Shanghai); leave known_at out for all that this file knows. One row per household '
'and condition, state met, not_met or unknown. Income, schooling and medical cover hang on ages and are not '
'here: see household.household_conditions for tonight. Example: select condition, state, count(*) from '
'household.conditions_as_of(date ''2026-11-20'') group by all';
