-- Grain: experience that a county passes on.
-- Steps: experiences in force on the night, as the county tells them, with the office to ask.
select
    experiences.county_id || '-' || experiences.experience_id as experience_key,
    experiences.submitter,
    experiences.title,
    experiences.measure_code,
    measures.name_zh as measure_zh,
    measures.name_en as measure_en,
    experiences.main_cause as cause,
    labels.label_zh as cause_zh,
    labels.label_en as cause_en,
    experiences.place_code,
    experiences.from_date,
    experiences.what_was_done,
    experiences.how_it_was_done,
    experiences.result,
    {{ referred_key('unit_keys', 'unit_key', 'experiences', 'unit_id') }} as unit_key,
    units.unit_name,
    experiences.as_of,
    experiences.known_at
from {{ ref('int_experiences') }} as experiences
left join {{ ref('measures') }} as measures
    on experiences.measure_code = measures.measure_code
left join {{ ref('stg_lists__code_lists') }} as labels
    on experiences.main_cause = labels.code and labels.list = 'cause'
left join {{ ref('int_unit_keys') }} as unit_keys
    on experiences.county_id = unit_keys.county_id and experiences.unit_id = unit_keys.unit_id
left join {{ ref('int_units') }} as units
    on unit_keys.unit_key = units.county_id || '-' || units.unit_id
