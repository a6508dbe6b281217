-- Grain: area (nation, province, county), outcome and group characteristic.
-- Steps: 1. the group beside all others, and how many tell neither; 2. both are judged by the side whose households
-- tell less: a side at 0 or 100 per cent shows nothing of how alike its villages are, and where both are, a village
-- tells what one household would; 3. sides that each reach the smallest cell and have an interval are compared: the
-- difference with Newcombe's interval; 4. those whose interval leaves zero out get the chance of such a difference
-- between equals (score test with the effective sizes); 5. among the comparisons of the night in one kind of area,
-- those that pass Benjamini and Hochberg's procedure (1995) are asked about. Not rounded: the mart rounds.
{% set figures = [('sampled', 'households'), ('clusters', 'clusters'), ('rate_value', 'share'),
    ('effective_size', 'own_size')] %}
with

sides as (
    select
        area_kind,
        area_code,
        outcome,
        characteristic,
        {% for column, name in figures %}
        max({{ column }}) filter (where side = 'group') as group_{{ name }},
        max({{ column }}) filter (where side = 'other') as other_{{ name }},
        {% endfor %}
        max(sampled) filter (where side = 'not_told') as households_not_told
    from {{ ref('int_fairness_rates') }}
    group by area_kind, area_code, outcome, characteristic
),

alike as (
    select
        sides.*,
        -- Where neither side varies, nothing shows how alike households of a village are: as if wholly.
        case
            when group_share in (0, 1) and other_share in (0, 1)
                then least(group_clusters / group_households, other_clusters / other_households)
            else 1.0
        end as between_villages,
        -- least passes a null over: where a side tells nothing there is nothing to judge both by.
        case
            when group_own_size is not null and other_own_size is not null
                then least(group_own_size / group_households, other_own_size / other_households)
        end as told
    from sides
),

sized as (
    select
        alike.*,
        group_households * told * between_villages as group_effective_size,
        other_households * told * between_villages as other_effective_size
    from alike
),

bounded as (
    select
        {% for side in ['group', 'other'] %}
        {% set share, size = side ~ '_share', side ~ '_effective_size' %}
        case when told is not null then greatest(0.0, {{ wilson(share, size, -1) }}) end as {{ side }}_low,
        case when told is not null then least(1.0, {{ wilson(share, size, 1) }}) end as {{ side }}_high,
        {% endfor %}
        sized.*
    from sized
),

judged as (
    select
        bounded.*,
        coalesce(
            group_households >= {{ national_standard('suppression_min_cell') }}
            and other_households >= {{ national_standard('suppression_min_cell') }}, false
        )
        and told is not null as compared,
        (group_share * group_effective_size + other_share * other_effective_size)
        / (group_effective_size + other_effective_size) as pooled_share
    from bounded
),

differences as (
    select
        judged.*,
        case when compared then group_share - other_share end as difference,
        case when compared then {{ newcombe('group', 'other', -1) }} end as difference_low,
        case when compared then {{ newcombe('group', 'other', 1) }} end as difference_high,
        case
            when compared and pooled_share > 0 and pooled_share < 1
                then
                    abs(group_share - other_share)
                    / sqrt(pooled_share * (1 - pooled_share) * (1 / group_effective_size + 1 / other_effective_size))
        end as z
    from judged
),

chances as (
    select
        differences.*,
        coalesce(difference_low > 0 or difference_high < 0, false) as excludes_zero,
        case
            when (difference_low > 0 or difference_high < 0) and z >= {{ normal_quantile() }}
                then {{ two_sided_chance('z') }}
        end as chance,
        count(*) filter (where compared) over (partition by area_kind) as comparisons,
        {{ national_standard('fairness_false_discovery_rate') }} as false_discovery_rate
    from differences
),

ranked as (
    select
        chances.*,
        count(chance) over (partition by area_kind order by chance) as as_unlikely
    from chances
),

cut_off as (
    select
        area_kind,
        max(chance) as chance
    from ranked
    where chance <= false_discovery_rate * as_unlikely / comparisons
    group by area_kind
)

select
    ranked.area_kind,
    ranked.area_code,
    ranked.outcome,
    ranked.characteristic,
    {% for name in ['households', 'share', 'effective_size', 'low', 'high'] %}
    ranked.group_{{ name }},
    ranked.other_{{ name }},
    {% endfor %}
    ranked.households_not_told,
    ranked.compared,
    ranked.difference,
    ranked.difference_low,
    ranked.difference_high,
    ranked.excludes_zero,
    ranked.chance,
    ranked.comparisons,
    coalesce(ranked.chance <= cut_off.chance, false) as asked
from ranked
left join cut_off
    on ranked.area_kind = cut_off.area_kind
