-- Grain: one accepted row of a file that came with a readable resident number.
-- Steps: rows up to the night; which member of which household the row is of, and the keyed hash of the number. A view:
-- the hash stays in the lake, and no table may hold it.
select
    attempt_id,
    number,
    file,
    row,
    as_of,
    known_at,
    household_key,
    person_no,
    person_key
from {{ source('accepted', 'persons') }}
where night <= {{ night() }} and person_key is not null and household_key is not null and person_no is not null
