-- Grain: step, household, kind of change (rule_changed, real, late, corrected), place and figure.
-- Steps: 1. first the rule: the household as it was at the beginning, under the rule of the end, less under its own;
-- 2. then the rest, of one kind: what it counts at the end where it then lives, less what it counted, under the rule of
-- the end, where it lived; 3. as households and as persons; what is zero is left out.
with

valued as (
    select
        changed.*,
        kinds.kind
    from {{ ref('int_changed_households') }} as changed
    inner join {{ ref('int_change_kinds') }} as kinds
        on changed.step_id = kinds.step_id and changed.household_key = kinds.household_key
),

parts as (
    {% for figure in explained_figures() %}
    {% for kind, place, households, persons in [
        (
            "'rule_changed'", 'before_place', 'ruled_' ~ figure ~ ' - before_' ~ figure,
            '(ruled_' ~ figure ~ ' - before_' ~ figure ~ ') * before_members',
        ),
        ('kind', 'before_place', '-ruled_' ~ figure, '-ruled_' ~ figure ~ ' * before_members'),
        ('kind', 'after_place', 'after_' ~ figure, 'after_' ~ figure ~ ' * after_members'),
    ] %}
    select
        step_id,
        household_key,
        {{ kind }} as kind,
        {{ place }} as place_code,
        '{{ figure }}' as figure,
        {{ households }} as households,
        {{ persons }} as persons
    from valued
    where {{ place }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    step_id,
    household_key,
    kind,
    place_code,
    figure,
    cast(sum(households) as bigint) as households,
    cast(sum(persons) as bigint) as persons
from parts
group by step_id, household_key, kind, place_code, figure
having sum(households) <> 0 or sum(persons) <> 0
