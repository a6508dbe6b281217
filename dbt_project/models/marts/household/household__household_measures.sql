-- Grain: one measure offered to a household or one of its members.
-- Steps: measures in force on the night, with the catalogue. What was not taken up stays offered: it is a count in
-- zone.measure_uptake, and no list of those who declined exists, nor comes of comparing two nights.
select
    offers.county_id || '-' || offers.measure_id as measure_key,
    offers.household_key,
    cast(offers.person_no as integer) as person_no,
    offers.measure_code,
    catalogue.name_zh as measure_zh,
    catalogue.name_en as measure_en,
    catalogue.class as measure_class,
    offers.standing,
    offers.offered_on,
    offers.accepted_on,
    offers.agreement_recorded,
    offers.planned_on,
    offers.delivered_on,
    offers.amount,
    {{ referred_key('unit_keys', 'unit_key', 'offers', 'provider_unit_id') }} as provider_unit_key,
    {{ referred_key('project_keys', 'project_key', 'offers', 'project_id') }} as project_key,
    offers.result,
    offers.provisional,
    offers.as_of,
    offers.known_at
from {{ ref('int_shown_offers') }} as offers
left join {{ ref('int_unit_keys') }} as unit_keys
    on offers.county_id = unit_keys.county_id and offers.provider_unit_id = unit_keys.unit_id
left join {{ ref('int_project_keys') }} as project_keys
    on offers.county_id = project_keys.county_id and offers.project_id = project_keys.project_id
left join {{ ref('measures') }} as catalogue
    on offers.measure_code = catalogue.measure_code
