-- Grain: finding and spell in which it stood without a break, as it was told night by night.
-- Steps: 1. what showed it and what could have shown it, packages that their office took back since included: what
-- was told of a night stays, and a past day's score is worked out from it again; 2. each spell with its first and last
-- night and the one on which it was cleared.
with

{{ finding_spells(ref('int_finding_events')) }}
