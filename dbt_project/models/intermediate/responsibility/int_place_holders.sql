-- Grain: place of a household and level (centre, province, prefecture, county, township, village).
-- Steps: 1. the place at each level above the household, without a prefecture that is but a stand-in of the statistical
-- list (int_place_names): a county right under its province has no office in between; 2. the leader in charge there (a
-- first secretary in a village); should there be several, the one longest in the role; 3. none: the level is vacant.
{% set levels = [('centre', 0), ('province', 2), ('prefecture', 4), ('county', 6), ('township', 9), ('village', 12)] %}
with

places_in_use as (
    select distinct place_code
    from {{ ref('int_households') }}
    where cut_id = 'night'
),

levels as (
    {% for level, digits in levels %}
    select
        place_code,
        '{{ level }}' as level,
        {{ loop.index }} as level_order,
        {% if digits == 0 %}'CN'{% else %}substr(place_code, 1, {{ digits }}){% endif %} as level_place_code
    from places_in_use
    where length(place_code) >= {{ digits }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

stand_ins as (
    select place_code
    from {{ ref('int_place_names') }}
    where level = 'prefecture' and prefecture_zh is null
),

leaders as (
    select
        holders.*,
        case when level = 'centre' then 'CN' else place_code end as level_place_code,
        row_number() over (
            partition by level, case when level = 'centre' then 'CN' else place_code end
            order by case role when 'leader' then 0 else 1 end, from_date, staff_key
        ) as precedence
    from {{ ref('int_holders') }} as holders
    where role = 'leader' or (role = 'first_secretary' and level = 'village')
)

select
    levels.place_code,
    levels.level,
    levels.level_order,
    levels.level_place_code,
    leaders.staff_key,
    leaders.unit_key,
    leaders.role,
    leaders.from_date
from levels
left join leaders
    on
        levels.level = leaders.level
        and levels.level_place_code = leaders.level_place_code
        and leaders.precedence = 1
left join stand_ins
    on levels.level_place_code = stand_ins.place_code
where stand_ins.place_code is null
