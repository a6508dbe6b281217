-- household.households_as_of(day, known_at := timestamp): each household's version of that day, as it was known then.
-- Call it in the file itself or after USE. Columns are qualified, or they would meet the parameter of the same name.
-- It tells of accepted reports alone: a provisional household (new and held) has no accepted version and is not in it,
-- while household.households, which tells of tonight, shows it.
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

comment on macro table household.households_as_of is
'Each household as it was on a day: household.households_as_of(day, known_at := timestamp). Two clocks: day is '
'the date that the reports speak for, known_at the moment up to which they had come in (Asia/Shanghai); leave '
'known_at out for all that this file knows. One row per household with the columns of '
'household.household_versions: the last version with as_of <= day among those known by then. Accepted reports '
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
