-- Grain: experience and county that it is suggested to.
-- Steps: 1. of each county the three main causes that weigh most tonight, never the one that is not established; 2. its
-- zones that may be named, by kind; 3. an experience of another county with one of these causes, out of the same zone
-- or one of the same kind, or where neither county lies in any; a suggestion obliges nobody.
with

county_causes as (
    select
        area_code as county_code,
        cause,
        {{ share('100 * main_households', 'households') }} as main_percent,
        row_number() over (
            partition by area_code order by main_households desc, cause asc
        ) as cause_rank
    from {{ ref('int_cause_counts') }}
    where
        cut_id = 'night'
        and area_kind = 'county'
        and main_households > 0
        and cause not in ('11', '99')
),

county_zones as (
    select distinct
        substr(place_zones.place_code, 1, 6) as county_code,
        zones.zone_id,
        zones.kind
    from {{ ref('int_place_zones') }} as place_zones
    inner join {{ ref('zones') }} as zones
        on place_zones.zone_id = zones.zone_id
    where place_zones.cut_id = 'night' and not place_zones.restricted
),

experiences as (
    select
        county_id || '-' || experience_id as experience_key,
        main_cause as cause,
        substr(place_code, 1, 6) as county_code
    from {{ ref('int_experiences') }}
),

same_cause as (
    select
        experiences.experience_key,
        experiences.cause,
        experiences.county_code as told_by,
        county_causes.county_code,
        county_causes.cause_rank,
        county_causes.main_percent
    from experiences
    inner join county_causes
        on experiences.cause = county_causes.cause
    where county_causes.cause_rank <= 3 and experiences.county_code <> county_causes.county_code
),

shared as (
    select
        same_cause.experience_key,
        same_cause.county_code,
        max(case when theirs.zone_id = ours.zone_id then 1 else 0 end) as same_zone,
        min(case when theirs.zone_id = ours.zone_id then theirs.zone_id end) as zone_id,
        min(theirs.kind) as zone_kind
    from same_cause
    inner join county_zones as theirs
        on same_cause.told_by = theirs.county_code
    inner join county_zones as ours
        on same_cause.county_code = ours.county_code and theirs.kind = ours.kind
    group by same_cause.experience_key, same_cause.county_code
),

zoned as (
    select distinct county_code
    from county_zones
)

select
    same_cause.experience_key,
    same_cause.county_code,
    same_cause.cause,
    cast(same_cause.cause_rank as integer) as cause_rank,
    same_cause.main_percent,
    case
        when shared.same_zone = 1 then 'same_zone'
        when shared.same_zone = 0 then 'same_kind_of_zone'
        else 'neither_in_a_zone'
    end as basis,
    shared.zone_id,
    shared.zone_kind
from same_cause
left join shared
    on same_cause.experience_key = shared.experience_key and same_cause.county_code = shared.county_code
left join zoned as told_by
    on same_cause.told_by = told_by.county_code
left join zoned as suggested_to
    on same_cause.county_code = suggested_to.county_code
where
    shared.experience_key is not null
    or (told_by.county_code is null and suggested_to.county_code is null)
