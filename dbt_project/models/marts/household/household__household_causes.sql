-- Grain: one cause of a household on the night.
-- Steps: the main cause and the others, with labels.
select
    causes.household_key,
    causes.cause,
    labels.label_zh as cause_zh,
    labels.label_en as cause_en,
    causes.is_main
from {{ ref('int_household_causes') }} as causes
left join {{ ref('stg_lists__code_lists') }} as labels
    on causes.cause = labels.code and labels.list = 'cause'
where causes.cut_id = 'night'
