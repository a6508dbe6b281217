-- Grain: cut, area, weight (households, persons) and dimension (all for the whole measure).
-- Steps (Alkire and Foster): 1. the scored households, one with an unknown dimension counted beside and not in; 2. sums
-- per place, for both weights, and from these per area: a household is added up once, and not for each of its areas;
-- 3. H the share of the poor, A their mean share of deprivations, M0 = H x A; 4. per dimension the share deprived, the
-- share poor and deprived, and its part in M0; 5. of settled cuts (int_open_cuts) the rows of the carried night. Not
-- rounded: the mart rounds.
with

households as (
    select scores.*
    from {{ ref('int_deprivation_scores') }} as scores
    inner join {{ ref('int_open_cuts') }} as cuts
        on scores.cut_id = cuts.cut_id and not cuts.settled
),

place_sums as (
    select
        cut_id,
        place_code,
    {% for weight, unit in [('households', '1'), ('persons', 'cast(members as integer)')] %}
    coalesce(sum({{ unit }}) filter (where known), 0) as {{ weight }}_known,
    coalesce(sum({{ unit }}) filter (where not known), 0) as {{ weight }}_unknown,
    coalesce(sum({{ unit }}) filter (where poor), 0) as {{ weight }}_poor,
    coalesce(sum({{ unit }} * score) filter (where poor), 0)
        as {{ weight }}_poor_score{% if not loop.last %},{% endif %}
    {% endfor %}
    from households
    group by cut_id, place_code
),

sums as (
    {% for weight in ['households', 'persons'] %}
    select
        place_sums.cut_id,
        areas.area_kind,
        areas.area_code,
        '{{ weight }}' as weight,
        sum(place_sums.{{ weight }}_known) as known,
        sum(place_sums.{{ weight }}_unknown) as unknown,
        sum(place_sums.{{ weight }}_poor) as poor,
        sum(place_sums.{{ weight }}_poor_score) as poor_score
    from place_sums
    inner join {{ ref('int_place_areas') }} as areas
        on place_sums.cut_id = areas.cut_id and place_sums.place_code = areas.place_code
    group by place_sums.cut_id, areas.area_kind, areas.area_code
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

place_dimension_sums as (
    select
        households.cut_id,
        households.place_code,
        deprivations.dimension,
    {% for weight, unit in [('households', '1'), ('persons', 'cast(households.members as integer)')] %}
    coalesce(sum({{ unit }}) filter (where households.known and deprivations.deprived), 0)
        as {{ weight }}_deprived,
    coalesce(sum({{ unit }}) filter (where households.poor and deprivations.deprived), 0)
        as {{ weight }}_poor_and_deprived,
    coalesce(sum(
        {{ unit }} * cast(deprivations.weight / cast(households.all_weight as double) as decimal(19, 18))
        ) filter (where households.poor and deprivations.deprived), 0)
        as {{ weight }}_poor_score{% if not loop.last %},{% endif %}
    {% endfor %}
    from households
    inner join {{ ref('int_household_deprivations') }} as deprivations
        on households.cut_id = deprivations.cut_id and households.household_key = deprivations.household_key
    group by households.cut_id, households.place_code, deprivations.dimension
),

dimension_sums as (
    {% for weight in ['households', 'persons'] %}
    select
        place_dimension_sums.cut_id,
        areas.area_kind,
        areas.area_code,
        '{{ weight }}' as weight,
        place_dimension_sums.dimension,
        sum(place_dimension_sums.{{ weight }}_deprived) as deprived,
        sum(place_dimension_sums.{{ weight }}_poor_and_deprived) as poor_and_deprived,
        sum(place_dimension_sums.{{ weight }}_poor_score) as poor_score
    from place_dimension_sums
    inner join {{ ref('int_place_areas') }} as areas
        on
            place_dimension_sums.cut_id = areas.cut_id
            and place_dimension_sums.place_code = areas.place_code
    group by place_dimension_sums.cut_id, areas.area_kind, areas.area_code, place_dimension_sums.dimension
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    cut_id,
    area_kind,
    area_code,
    weight,
    'all' as dimension,
    cast(known as bigint) as known,
    cast(unknown as bigint) as unknown,
    cast(poor as bigint) as poor,
    {{ ratio('poor', 'known') }} as headcount,
    {{ ratio('poor_score', 'poor') }} as intensity,
    {{ ratio('poor_score', 'known') }} as adjusted_headcount,
    cast(null as double) as deprived_share,
    cast(null as double) as censored_headcount,
    cast(null as double) as contribution
from sums
union all
select
    sums.cut_id,
    sums.area_kind,
    sums.area_code,
    sums.weight,
    dimension_sums.dimension,
    cast(sums.known as bigint) as known,
    cast(sums.unknown as bigint) as unknown,
    cast(sums.poor as bigint) as poor,
    {{ ratio('sums.poor', 'sums.known') }} as headcount,
    {{ ratio('sums.poor_score', 'sums.poor') }} as intensity,
    {{ ratio('sums.poor_score', 'sums.known') }} as adjusted_headcount,
    {{ ratio('dimension_sums.deprived', 'sums.known') }} as deprived_share,
    {{ ratio('dimension_sums.poor_and_deprived', 'sums.known') }} as censored_headcount,
    {{ ratio('dimension_sums.poor_score', 'sums.poor_score') }} as contribution
from sums
inner join dimension_sums
    on
        sums.cut_id = dimension_sums.cut_id
        and sums.area_kind = dimension_sums.area_kind
        and sums.area_code = dimension_sums.area_code
        and sums.weight = dimension_sums.weight
{{ and_settled_cuts() }}
