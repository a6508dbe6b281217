-- Grain: one code of a list.
-- Steps: as written, nothing else.
select
    list,
    version,
    code,
    label_zh,
    label_en
from {{ source('lists', 'code_lists') }}
