{# What a submitter's rows may refer to: its own rows of a kind, and for a county those of its province, which may have
   staff and units in charge there. Its own come first. One row per referring county_id and id. #}
{% macro reference_keys(rows, id_column, key_column) %}
with

named as (
    select distinct
        county_id,
        {{ id_column }},
        county_id || '-' || {{ id_column }} as {{ key_column }}
    from {{ rows }}
),

counties as (
    select distinct county_id, substr(county_id, 1, 2) || '0000' as province_id
    from {{ ref('stg_ledger__accounts') }}
    where submitter_kind = 'county'
)

select county_id, {{ id_column }}, {{ key_column }}
from named
union all
select counties.county_id, named.{{ id_column }}, named.{{ key_column }}
from counties
inner join named
    on counties.province_id = named.county_id
left join named as own
    on counties.county_id = own.county_id and named.{{ id_column }} = own.{{ id_column }}
where own.county_id is null
{% endmacro %}

{# Key of what a row refers to; an id that nobody sent keeps the referring submitter's prefix. #}
{% macro referred_key(keys, key_column, row, id_column) -%}
coalesce({{ keys }}.{{ key_column }}, {{ row }}.county_id || '-' || {{ row }}.{{ id_column }})
{%- endmacro %}
