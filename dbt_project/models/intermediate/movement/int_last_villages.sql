-- Grain: household that was told of and is in the marts no more.
-- Steps: of its versions that named a village the last one.
select
    versions.household_key,
    arg_max(
        versions.village_code, (versions.as_of, versions.known_at, versions.number, versions.file, versions.row)
    ) as village_code
from {{ ref('int_household_versions') }} as versions
left join {{ ref('int_households') }} as households
    on versions.household_key = households.household_key and households.cut_id = 'night'
where households.household_key is null and versions.village_code is not null
group by versions.household_key
