-- Grain: step and household that counts, or weighs, or lives otherwise at its end than at its beginning.
-- Steps: 1. the household at both ends; 2. those that differ, or whose rule does: the lines of its county, or the
-- weights and the cut-off k of Alkire and Foster; 3. `ruled_`: the household as it was at the beginning, under the rule
-- of the end. A line that differs because the household moved to another county is no change of rule, nor one of
-- another income year that was told of the same day: that is news.
{% set figures = explained_figures() %}
with

-- Of a step that belongs to no way that is due the ends are not worked out.
open_steps as (
    select steps.*
    from {{ ref('int_change_steps') }} as steps
    inner join {{ ref('int_open_cuts') }} as open_before
        on steps.before_cut_id = open_before.cut_id
    inner join {{ ref('int_open_cuts') }} as open_after
        on steps.after_cut_id = open_after.cut_id
),

rules as (
    select
        steps.step_id,
        bool_or(earlier.value is distinct from later.value) as reweighed,
        max(later.value) filter (where later.subject = 'alkire_foster_k') as k
    from open_steps as steps
    inner join {{ ref('int_cut_standards') }} as later
        on steps.after_cut_id = later.cut_id and starts_with(later.subject, 'alkire_foster_')
    left join {{ ref('int_cut_standards') }} as earlier
        on steps.before_cut_id = earlier.cut_id and later.subject = earlier.subject
    group by steps.step_id
),

{% for side in ['before', 'after'] %}
{{ side }}_sides as (
    select
        steps.step_id,
        steps.step,
        figures.*
    from open_steps as steps
    inner join {{ ref('int_household_figures') }} as figures
        on steps.{{ side }}_cut_id = figures.cut_id
),

{% endfor %}
both_sides as (
    select
        coalesce(later.step_id, earlier.step_id) as step_id,
        coalesce(later.household_key, earlier.household_key) as household_key,
        coalesce(later.county_id, earlier.county_id) as county_id,
        {% for side, alias in [('before', 'earlier'), ('after', 'later')] %}
        {{ alias }}.place_code as {{ side }}_place,
        {{ alias }}.provisional as {{ side }}_provisional,
        coalesce({{ alias }}.members, 0) as {{ side }}_members,
        {% for figure in figures %}
        coalesce({{ alias }}.{{ figure }}, 0) as {{ side }}_{{ figure }},
        {% endfor %}
        {% endfor %}
        later.registered_on,
        earlier.income_per_head,
        {% for line in ['poverty_line', 'monitoring_line'] %}
        case
            when
                earlier.county_code = later.county_code
                and (earlier.step = 'month' or earlier.income_year = later.income_year)
                then later.{{ line }}
            else earlier.{{ line }}
        end as ruled_{{ line }},
        {% endfor %}
        earlier.poverty_line,
        earlier.monitoring_line
    from before_sides as earlier
    full outer join after_sides as later
        on earlier.step_id = later.step_id and earlier.household_key = later.household_key
),

differing as (
    select
        both_sides.*,
        rules.k,
        both_sides.before_place is not null
        and (
            rules.reweighed
            or both_sides.poverty_line is distinct from both_sides.ruled_poverty_line
            or both_sides.monitoring_line is distinct from both_sides.ruled_monitoring_line
        ) as rule_differs
    from both_sides
    inner join rules
        on both_sides.step_id = rules.step_id
    where
        rules.reweighed
        or both_sides.before_place is distinct from both_sides.after_place
        or both_sides.before_members <> both_sides.after_members
        or both_sides.poverty_line is distinct from both_sides.ruled_poverty_line
        or both_sides.monitoring_line is distinct from both_sides.ruled_monitoring_line
        {% for figure in figures %}
        or both_sides.before_{{ figure }} <> both_sides.after_{{ figure }}
        {% endfor %}
),

deprived_under_later_rule as (
    select
        differing.step_id,
        differing.household_key,
        differing.k,
        standards.value as weight,
        case
            when deprivations.dimension = 'income' then differing.income_per_head < differing.ruled_poverty_line
            else deprivations.deprived
        end as deprived
    from differing
    inner join {{ ref('int_change_steps') }} as steps
        on differing.step_id = steps.step_id
    inner join {{ ref('int_household_deprivations') }} as deprivations
        on steps.before_cut_id = deprivations.cut_id and differing.household_key = deprivations.household_key
    inner join {{ ref('int_cut_standards') }} as standards
        on
            steps.after_cut_id = standards.cut_id
            and standards.subject = 'alkire_foster_weight_' || deprivations.dimension
    where differing.rule_differs
),

scored_under_later_rule as (
    select
        step_id,
        household_key,
        bool_and(deprived is not null) and coalesce(sum(weight) filter (where deprived), 0) >= max(k) as poor
    from deprived_under_later_rule
    group by step_id, household_key
)

select
    differing.step_id,
    differing.household_key,
    differing.county_id,
    differing.registered_on,
    differing.before_place,
    differing.after_place,
    coalesce(differing.before_provisional, false) as before_provisional,
    coalesce(differing.after_provisional, false) as after_provisional,
    differing.before_members,
    differing.after_members,
    {% for side in ['before', 'after'] %}
    {% for figure in figures %}
    differing.{{ side }}_{{ figure }},
    {% endfor %}
    {% endfor %}
    differing.before_registered as ruled_registered,
    case
        when differing.rule_differs
            then cast(coalesce(differing.income_per_head < differing.ruled_poverty_line, false) as integer)
        else differing.before_below_poverty_line
    end as ruled_below_poverty_line,
    case
        when differing.rule_differs
            then cast(coalesce(differing.income_per_head < differing.ruled_monitoring_line, false) as integer)
        else differing.before_below_monitoring_range
    end as ruled_below_monitoring_range,
    case
        when differing.rule_differs then cast(coalesce(scored.poor, false) as integer)
        else differing.before_multidimensionally_poor
    end as ruled_multidimensionally_poor
from differing
left join scored_under_later_rule as scored
    on differing.step_id = scored.step_id and differing.household_key = scored.household_key
