-- Every time that an alert was seen a message was made or it was kept silent; it is open or it has an end, never both;
-- and nothing is known of it that is of the night itself, whose alerts come after its quality.
select
    kind,
    subject,
    opened_night,
    number,
    state,
    seen,
    sent,
    silent
from {{ ref('quality__alerts') }}
where
    seen + cast(end_told as integer) <> sent + silent
    or (state = 'resolved') <> (resolved_night is not null)
    or opened_night > last_seen_night
    or last_seen_night > resolved_night
    or greatest(last_seen_night, last_told_night, resolved_night) >= night
