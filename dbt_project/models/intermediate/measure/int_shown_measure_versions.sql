-- Grain: one version of a measure as it is shown: key, as_of, known_at.
-- Steps: 1. of each version that tells of an answer turned down, the version before it that does not and was known no
-- later; 2. what was answered, planned and delivered as it stood then, so that an offer turned down stays one that was
-- made and not accepted; of a close, why and from which day, from the row that closed; 3. without versions that say
-- nothing new: one that only tells of the answer leaves no trace, and two published nights compared do not show who
-- declined.
{% set key = ['county_id', 'measure_id'] %}
{% set answered = ['response', 'responded_on', 'agreement_recorded', 'planned_on', 'delivered_on', 'amount',
    'provider_unit_id', 'project_id', 'result'] %}
{% set shown = ['household_key', 'person_no', 'measure_code', 'offered_on', 'standing', 'accepted_on',
    'agreement_recorded', 'planned_on', 'delivered_on', 'amount', 'provider_unit_id', 'project_id', 'result',
    'operation', 'close_reason', 'closed_on'] %}
with

versions as (
    select * from {{ ref('int_measure_versions') }}
),

before_the_answer as (
    select
        declined.county_id,
        declined.measure_id,
        declined.attempt_id,
        declined.file,
        declined.row,
        max_by(
            struct_pack(
                {% for column in answered %}
                {{ column }} := earlier.{{ column }}{{ ',' if not loop.last }}
                {% endfor %}
            ),
            (earlier.as_of, earlier.known_at, earlier.number, earlier.file, earlier.row)
        ) as stood
    from versions as declined
    inner join versions as earlier
        on
            declined.county_id = earlier.county_id
            and declined.measure_id = earlier.measure_id
            and declined.known_at >= earlier.known_at
            and (declined.as_of, declined.known_at, declined.number, declined.file, declined.row)
            > (earlier.as_of, earlier.known_at, earlier.number, earlier.file, earlier.row)
    where declined.response = '2' and earlier.response is distinct from '2'
    group by declined.county_id, declined.measure_id, declined.attempt_id, declined.file, declined.row
),

as_it_stood as (
    select
        versions.county_id,
        versions.measure_id,
        versions.household_key,
        versions.person_no,
        versions.measure_code,
        versions.offered_on,
        versions.operation,
        case when versions.operation = 'close' then versions.close_reason end as close_reason,
        case when versions.operation = 'close' then versions.closed_on end as closed_on,
        {% for column in answered %}
        if(versions.response = '2', told.stood.{{ column }}, versions.{{ column }}) as {{ column }},
        {% endfor %}
    {% for column in origin_columns() %}
    versions.{{ column }}{{ ',' if not loop.last }}
    {% endfor %}
    from versions
    left join before_the_answer as told
        on
            versions.county_id = told.county_id
            and versions.measure_id = told.measure_id
            and versions.attempt_id = told.attempt_id
            and versions.file = told.file
            and versions.row = told.row
),

standing as (
    select
        as_it_stood.*,
        case
            when delivered_on <= as_of then 'delivered'
            when response = '1' then 'accepted'
            else 'offered'
        end as standing,
        case when response = '1' then responded_on end as accepted_on
    from as_it_stood
),

kept as (
    {{ changed_versions('standing', key, shown, key + shown + origin_columns()) | indent(4) }}
)

select * from kept
