-- Grain: village that reported, on the night.
-- Steps: of a village that two counties told of, as after a change of divisions, the newest row.
{% set told = contract_columns('villages') %}
{% set columns = ['county_id'] + told['key'] + told['columns'] + ['as_of', 'known_at'] %}
with

ordered as (
    select
        villages.*,
        row_number() over (partition by village_code order by as_of desc, known_at desc, county_id asc) as recency
    from {{ ref('int_villages') }} as villages
)

select
    {{ columns | join(',\n    ') }}
from ordered
where recency = 1
