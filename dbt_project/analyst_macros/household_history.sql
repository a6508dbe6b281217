-- household.household_history(key): all versions of one household in their order, each with the day until which it
-- held.
create or replace macro household.household_history(wanted_key) as table
select
    h.*,
    lead(h.as_of) over (order by h.version) as until
from household.household_versions as h
where h.household_key = wanted_key
order by h.version;

comment on macro table household.household_history is
'All versions of one household in their order: household.household_history(wanted_key). wanted_key is its '
'household_key. as_of is the date a version speaks for, until the date of the next one (empty for the last), '
'known_at when it became known (Asia/Shanghai), arrival whether it was new, late or a correction. Example: '
'select as_of, until, known_at, arrival, main_cause from household.household_history(''513431-1'')';
