-- Grain: cut at which households are worked out on the night.
-- Steps: 1. a cut is settled when the night that was carried over had the same one, and nothing came since of which it
-- is made: no row that speaks of its day or an earlier one, no other version of a decision of before it ended, no hold
-- that began or ended at it, no standard in force or known that was not, no decision on a match; a cut whose time of
-- knowing has passed asks for no news, since whatever comes is known later; the night itself never is; 2. every other
-- one is due, and whose month before is due, of which its movements are made; 3. beside these the cuts that they are
-- compared with: the month before, and both ends of each step of a way (int_change_paths).
{% set told = [
    'stg_accepted__households', 'stg_accepted__persons', 'stg_held__persons', 'stg_accepted__applications',
    'stg_accepted__measures', 'stg_accepted__samples'
] %}
{% set version = 'county_id, decision_id, decided_on, attempt_id, night, file, row' %}
-- depends_on: {{ ref('int_open_holds') }}, {{ ref('int_decision_versions') }}, {{ ref('int_standards_in_force') }}
-- depends_on: {{ ref('int_standard_versions') }}, {{ ref('stg_ledger__match_decisions') }}
-- depends_on: {% for rows in told %}{{ ref(rows) }} {% endfor %}
with

{% if carried_night() %}
kept as (
    select
        cuts.cut_id,
        cuts.state_on,
        cuts.known_by = carried.known_by as known_no_later
    from {{ ref('int_cuts') }} as cuts
    inner join {{ carried_table('int_cuts') }} as carried
        on cuts.cut_id = carried.cut_id and cuts.vintage = carried.vintage and cuts.state_on = carried.state_on
    where cuts.cut_id <> 'night' and (cuts.known_by = carried.known_by or cuts.vintage = 'restated')
),

other_decisions as (
    select distinct
        county_id,
        decision_id
    from {{ differing_rows(ref('int_decision_versions'), carried_table('int_decision_versions'), version) }} as others
),

fresh as (
    {% for rows in told %}
    select min(as_of) as speaks_of
    from {{ ref(rows) }}
    where night > {{ carried_date() }}
    union all
    {% endfor %}
    -- A decision counts from the day on which it was decided, whatever day its report speaks for.
    select min(versions.decided_on) as speaks_of
    from {{ ref('int_decision_versions') }} as versions
    inner join other_decisions
        on versions.county_id = other_decisions.county_id and versions.decision_id = other_decisions.decision_id
),

news as (
    select coalesce(min(speaks_of), date '9999-12-31') as speaks_of
    from fresh
),

other_holds as (
    select distinct cut_id
    from {{ differing_rows(ref('int_open_holds'), carried_table('int_open_holds'), '*') }} as others
),

of_every_cut as (
    select subject as what
    from {{ differing_rows(ref('int_standards_in_force'), carried_table('int_standards_in_force'), '*') }} as others
    union all
    select standard_id as what
    from {{ ref('int_standard_versions') }}
    where known_from > {{ carried_date() }} and known_from <= {{ night() }}
    union all
    select match_id as what
    from {{ ref('stg_ledger__match_decisions') }}
    where night > {{ carried_date() }}
),

settled as (
    select kept.cut_id
    from kept
    cross join news
    left join other_holds
        on kept.cut_id = other_holds.cut_id
    where
        other_holds.cut_id is null
        and (kept.known_no_later or kept.state_on < news.speaks_of)
        and not exists (select 1 from of_every_cut)
),
{% else %}
settled as (
    select cut_id
    from {{ ref('int_cuts') }}
    where false
),
{% endif %}

not_settled as (
    select cuts.cut_id
    from {{ ref('int_cuts') }} as cuts
    left join settled
        on cuts.cut_id = settled.cut_id
    where settled.cut_id is null
),

due as (
    select cut_id from not_settled
    union
    select pairs.cut_id
    from {{ ref('int_cut_pairs') }} as pairs
    inner join not_settled
        on pairs.previous_cut_id = not_settled.cut_id
),

due_paths as (
    {{ due_paths('due') | indent(4) }}
),

steps_due as (
    select distinct
        steps.step,
        steps.before_cut_id,
        steps.after_cut_id
    from due_paths
    inner join {{ ref('int_change_paths') }} as paths
        on due_paths.cut_id = paths.cut_id and due_paths.compared_with = paths.compared_with
    inner join {{ ref('int_change_steps') }} as steps
        on paths.step_id = steps.step_id
),

-- Whose new households are asked where they came from.
beginning as (
    select cut_id from due
    union
    select after_cut_id as cut_id
    from steps_due
    where step = 'month'
),

open_cuts as (
    select cut_id from beginning
    union
    select before_cut_id as cut_id from steps_due
    union
    select after_cut_id as cut_id from steps_due
    union
    select pairs.previous_cut_id as cut_id
    from beginning
    inner join {{ ref('int_cut_pairs') }} as pairs
        on beginning.cut_id = pairs.cut_id and pairs.previous_cut_id is not null
)

select
    cuts.cut_id,
    cuts.vintage,
    cuts.month,
    cuts.state_on,
    cuts.known_by,
    due.cut_id is null as settled
from {{ ref('int_cuts') }} as cuts
inner join open_cuts
    on cuts.cut_id = open_cuts.cut_id
left join due
    on cuts.cut_id = due.cut_id
