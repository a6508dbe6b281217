-- Grain: one risk of a monitored household on the night.
-- Steps: the risks of the household's list in their order, with label, and whether they are cleared.
with

listed as (
    select
        household_key,
        monitoring_class,
        monitoring_identified_on,
        coalesce(risk_status, '1') as risk_status,
        risk_eliminated_on,
        string_split(risks, ',') as risk_list
    from {{ ref('int_households') }}
    where cut_id = 'night' and risks is not null
),

numbered as (
    select
        listed.*,
        unnest(generate_series(1, len(risk_list))) as position
    from listed
)

select
    numbered.household_key,
    cast(numbered.position as integer) as position,
    trim(numbered.risk_list[numbered.position]) as risk,
    labels.label_zh as risk_zh,
    labels.label_en as risk_en,
    numbered.monitoring_class,
    numbered.monitoring_identified_on as opened_on,
    numbered.risk_status,
    numbered.risk_status <> '1' as cleared,
    numbered.risk_eliminated_on as cleared_on
from numbered
left join {{ ref('stg_lists__code_lists') }} as labels
    on trim(numbered.risk_list[numbered.position]) = labels.code and labels.list = 'risk'
