-- Two standards of one subject and jurisdiction hold on one day only where one replaces the other: for the same days,
-- and known from another day on. Which of two others holds, nobody could say.
select
    one.subject,
    one.jurisdiction,
    one.standard_id,
    other.standard_id as other_standard_id
from {{ ref('standards') }} as one
inner join {{ ref('standards') }} as other
    on
        one.subject = other.subject
        and one.jurisdiction = other.jurisdiction
        and one.standard_id < other.standard_id
where
    (one.valid_from is null or other.valid_to is null or one.valid_from <= other.valid_to)
    and (other.valid_from is null or one.valid_to is null or other.valid_from <= one.valid_to)
    and (
        one.valid_from is distinct from other.valid_from
        or one.valid_to is distinct from other.valid_to
        or one.known_from is not distinct from other.known_from
        or one.operator <> other.operator
        or one.unit <> other.unit
    )
