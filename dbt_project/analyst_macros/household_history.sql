-- household.household_history(key): all versions of one household in their order, each with the day until which it held.
create or replace macro household.household_history(wanted_key) as table
select
    h.*,
    lead(h.as_of) over (order by h.version) as until
from household.household_versions as h
where h.household_key = wanted_key
order by h.version;
