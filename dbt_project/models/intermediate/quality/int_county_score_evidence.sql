-- Grain: night told, indicator in force on it and county with evidence.
-- Steps: 1. the nights that are told: tonight and those of the fortnight before; 2. each with the indicators in force
-- on it; 3. what was due, came, was faulty and was mended in the window, as it was known by that night: what came
-- later, changes nothing: also a fault told to be ours later, or a package taken back later.
with

nights as (
    select distinct night
    from {{ ref('stg_ledger__accounts') }}
    where night > {{ night() }} - cast({{ national_standard('county_score_nights_told') }} as integer)
),

scored as (
    select
        nights.night,
        indicators.indicator_id,
        indicators.formula_version,
        indicators.measured,
        nights.night - indicators.window_nights as after_night
    from nights
    inner join {{ ref('county_score_indicators') }} as indicators
        on {{ holds_on('nights.night', 'indicators.valid_from', 'indicators.valid_to') }}
),

faulty_rows as (
    select
        county_id,
        night,
        attempt_id,
        dataset,
        file,
        row,
        case dimension when 'validity' then 'rows_valid' else 'rows_consistent' end as measured,
        least(
            case when count(ours_from) = count(*) then max(ours_from) end, max(withdrawn_from)
        ) as excused_from
    from {{ ref('int_findings_scored') }}
    group by county_id, night, attempt_id, dataset, file, row, dimension
),

faulty as (
    select
        county_id,
        night,
        measured,
        excused_from,
        count(*) as rows_faulty
    from faulty_rows
    group by county_id, night, measured, excused_from
),

of_nights as (
    select
        scored.night,
        scored.indicator_id,
        scored.formula_version,
        counties.county_id,
        sum(case scored.measured
            when 'nights_reported' then cast(counties.reported as integer)
            when 'files_read' then counties.files_read
            when 'first_attempt_nights'
                then {{ days_between(
                    'counties.night', 'least(coalesce(counties.first_attempt_night, scored.night + 1), scored.night + 1)'
                ) }}
            when 'first_accepted_nights'
                then {{ days_between(
                    'counties.night', 'least(coalesce(counties.first_accepted_night, scored.night + 1), scored.night + 1)'
                ) }}
            else counties.received
        end) as numerator,
        sum(case
            when scored.measured = 'files_read' then counties.files
            when scored.measured in ('rows_valid', 'rows_consistent') then counties.received
            else 1
        end) as denominator
    from scored
    inner join {{ ref('int_county_nights') }} as counties
        on scored.after_night < counties.night and scored.night >= counties.night
    where scored.measured <> 'mended_in_time'
    group by scored.night, scored.indicator_id, scored.formula_version, counties.county_id
),

faulty_in_window as (
    select
        scored.night,
        scored.indicator_id,
        faulty.county_id,
        sum(faulty.rows_faulty) as rows_faulty
    from scored
    inner join faulty
        on
            scored.measured = faulty.measured
            and scored.after_night < faulty.night
            and scored.night >= faulty.night
    where faulty.excused_from is null or faulty.excused_from > scored.night
    group by scored.night, scored.indicator_id, faulty.county_id
),

mended as (
    select
        scored.night,
        scored.indicator_id,
        scored.formula_version,
        due.county_id,
        count(*) filter (where due.mended_in_time) as numerator,
        count(*) as denominator
    from scored
    inner join {{ ref('int_findings_due') }} as due
        on scored.after_night < due.due_night and scored.night >= due.due_night
    inner join {{ ref('int_county_nights') }} as counties
        on due.county_id = counties.county_id and scored.night = counties.night
    where scored.measured = 'mended_in_time' and (due.excused_from is null or due.excused_from > scored.night)
    group by scored.night, scored.indicator_id, scored.formula_version, due.county_id
)

select
    of_nights.night,
    of_nights.indicator_id,
    of_nights.formula_version,
    of_nights.county_id,
    cast(greatest(0, of_nights.numerator - coalesce(faulty.rows_faulty, 0)) as bigint) as numerator,
    cast(of_nights.denominator as bigint) as denominator
from of_nights
left join faulty_in_window as faulty
    on
        of_nights.night = faulty.night
        and of_nights.indicator_id = faulty.indicator_id
        and of_nights.county_id = faulty.county_id
union all
select
    night,
    indicator_id,
    formula_version,
    county_id,
    cast(numerator as bigint) as numerator,
    cast(denominator as bigint) as denominator
from mended
