-- Grain: code list and code.
-- Steps: the code lists of the contract, with their labels in both languages.
select
    list as list_name,
    code,
    label_zh,
    label_en
from {{ ref('stg_lists__code_lists') }}
