-- Shares by main cause sum to 100 in every area, up to the rounding of each share.
select
    area_kind,
    area_code,
    month,
    vintage,
    sum(main_percent) as percent
from {{ ref('zone__cause_profile') }}
where households > 0
group by area_kind, area_code, month, vintage
having abs(sum(main_percent) - 100) > 0.00001 * count(*)
