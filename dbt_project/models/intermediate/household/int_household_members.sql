-- Grain: open cut and household in the marts.
-- Steps: counts of its members by what matters to need; ages are bounded by the standards in force. Of compulsory age
-- is who is older than the age of entry (children enter in the autumn after it) and younger than the working age.
{{ household_members(ref('int_households'), ref('int_persons')) }}
