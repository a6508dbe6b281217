-- Grain: area, month, vintage and cause.
-- Steps: shares of the households in need with a known main cause; by main cause they sum to 100, by any mention they
-- do not.
select
    counts.area_kind,
    counts.area_code,
    cuts.month,
    cuts.vintage,
    counts.cause,
    labels.label_zh as cause_zh,
    labels.label_en as cause_en,
    cast(counts.households as bigint) as households,
    cast(counts.main_households as bigint) as main_households,
    cast(counts.any_households as bigint) as any_households,
    {{ share('100 * counts.main_households', 'counts.households') }} as main_percent,
    {{ share('100 * counts.any_households', 'counts.households') }} as any_percent
from {{ ref('int_cause_counts') }} as counts
inner join {{ ref('int_cuts') }} as cuts
    on counts.cut_id = cuts.cut_id
left join {{ ref('stg_lists__code_lists') }} as labels
    on counts.cause = labels.code and labels.list = 'cause'
