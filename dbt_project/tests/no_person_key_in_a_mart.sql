-- The hash of the resident number lives in the lake alone, the birth date in lake and warehouse.
select
    table_schema,
    table_name,
    column_name
from information_schema.columns
where
    table_schema in ('household', 'zone', 'responsibility', 'quality')
    and (column_name like '%person_key%' or column_name like '%birth%' or column_name like 'identity%')
