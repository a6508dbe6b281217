-- Grain: cut and area.
-- Steps: 1. flows counted by the places they go between; 2. for each area, whether it holds the place before and the
-- place now: who stays inside is no flow, who crosses its border moved, be it that the household went or that the
-- zone's list of places changed; 3. opening and closing stock, and each flow once; 4. of settled cuts (int_open_cuts)
-- the rows of the carried night.
-- depends_on: {{ ref('int_open_cuts') }}
with

between_places as (
    select
        flows.cut_id,
        pairs.previous_cut_id,
        flows.flow,
        flows.place_before,
        flows.place_now,
        count(*) as households,
        count(*) filter (where flows.late_entry) as late_entries,
        count(*) filter (where flows.late_exit) as late_exits
    from {{ ref('int_household_flows') }} as flows
    inner join {{ ref('int_cut_pairs') }} as pairs
        on flows.cut_id = pairs.cut_id
    group by flows.cut_id, pairs.previous_cut_id, flows.flow, flows.place_before, flows.place_now
),

sides as (
    {% for side, cut in [('before', 'previous_cut_id'), ('now', 'cut_id')] %}
    select
        between_places.cut_id,
        between_places.flow,
        between_places.place_before,
        between_places.place_now,
        between_places.households,
        between_places.late_entries,
        between_places.late_exits,
        areas.area_kind,
        areas.area_code,
        {{ 'true' if side == 'before' else 'false' }} as before_inside,
        {{ 'true' if side == 'now' else 'false' }} as now_inside
    from between_places
    inner join {{ ref('int_place_areas') }} as areas
        on between_places.{{ cut }} = areas.cut_id and between_places.place_{{ side }} = areas.place_code
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

crossings as (
    select
        cut_id,
        area_kind,
        area_code,
        flow,
        place_before,
        place_now,
        max(households) as households,
        max(late_entries) as late_entries,
        max(late_exits) as late_exits,
        bool_or(before_inside) as before_inside,
        bool_or(now_inside) as now_inside
    from sides
    group by cut_id, area_kind, area_code, flow, place_before, place_now
),

directed as (
    select
        crossings.*,
        case
            when before_inside and now_inside then 'stayed'
            when flow in ('stayed', 'moved') then 'moved'
            else flow
        end as area_flow
    from crossings
)

select
    cut_id,
    area_kind,
    area_code,
    cast(coalesce(sum(households) filter (where before_inside), 0) as bigint) as opening,
    {% for name, flow, side in [
        ('first_reported', 'first_reported', 'now_inside'),
        ('entered', 'entered', 'now_inside'),
        ('returned', 'returned', 'now_inside'),
        ('exited', 'exited', 'before_inside'),
        ('closed', 'closed', 'before_inside'),
        ('moved_in', 'moved', 'now_inside'),
        ('moved_out', 'moved', 'before_inside'),
        ('split_in', 'split', 'now_inside'),
        ('split_out', 'split', 'before_inside'),
        ('merged_in', 'merged', 'now_inside'),
        ('merged_out', 'merged', 'before_inside'),
    ] %}
    cast(coalesce(sum(households) filter (where area_flow = '{{ flow }}' and {{ side }}), 0) as bigint) as {{ name }},
    {% endfor %}
    cast(coalesce(sum(households) filter (where now_inside), 0) as bigint) as closing,
    cast(coalesce(sum(late_entries) filter (where now_inside), 0) as bigint)
        as late_entries,
    cast(coalesce(sum(late_exits) filter (where before_inside), 0) as bigint) as late_exits
from directed
group by cut_id, area_kind, area_code
{{ and_settled_cuts() }}
