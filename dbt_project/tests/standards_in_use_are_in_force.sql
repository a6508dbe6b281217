-- A threshold that a model asks for and nobody stated would silently turn into unknown.
{% set subjects = [
    'alkire_foster_k', 'alkire_foster_weight_food_clothing', 'alkire_foster_weight_housing', 'alkire_foster_weight_income',
    'alkire_foster_weight_medical_cover', 'alkire_foster_weight_schooling', 'alkire_foster_weight_water', 'caseload_limit',
    'county_score_nights_told',
    'double_benefit_days', 'double_funding_days', 'effect_baseline_bands', 'effect_clusters_min', 'effect_imbalance_max',
    'effect_imbalance_strong', 'effect_next_year_min_percent', 'effect_overlap_min', 'effect_overlap_strong', 'effect_pretrend_strong',
    'effect_units_min', 'evidence_window_months', 'exit_criterion_county_omission_rate', 'exit_criterion_county_wrong_exit_rate',
    'fairness_false_discovery_rate',
    'first_secretaries_max_village', 'first_secretary_days_per_month', 'funds_idle_days', 'funds_idle_long_days',
    'funds_undisbursed_notice_days',
    'hand_over_looked_back_days', 'hand_over_max_days', 'held_decision_days', 'household_file_age_max_months',
    'leaders_max_county',
    'leaders_max_prefecture', 'leaders_max_province', 'leaders_max_township', 'leaders_max_village',
    'money_covers_within_days', 'month_cut_days', 'peer_counties_min', 'peer_facts_known_min_share',
    'return_rate_window_months', 'risk_cleared_min_days', 'school_age_primary_min_years', 'suppression_min_cell', 'visit_frequency_days',
    'visits_looked_back_days', 'visits_one_day_max', 'visits_one_day_townships_max', 'watts_income_floor',
    'work_age_max_years', 'work_age_min_years'
] %}
with

wanted as (
    {% for subject in subjects %}
    select '{{ subject }}' as subject
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

at_cuts as (
    select
        cuts.cut_id,
        wanted.subject
    from {{ ref('int_cuts') }} as cuts
    cross join wanted
    where
        starts_with(wanted.subject, 'alkire_foster_')
        or wanted.subject in ('evidence_window_months', 'funds_idle_days', 'watts_income_floor')
)

select
    'night' as cut_id,
    wanted.subject
from wanted
left join {{ ref('int_standards_in_force') }} as in_force
    on wanted.subject = in_force.subject and in_force.jurisdiction = 'CN'
where in_force.subject is null
union all
select
    at_cuts.cut_id,
    at_cuts.subject
from at_cuts
left join {{ ref('int_cut_standards') }} as in_force
    on at_cuts.cut_id = in_force.cut_id and at_cuts.subject = in_force.subject
where in_force.subject is null
union all
-- The days after which a month is cut are those that were known on its last day: without them it would never be cut.
select
    cuts.cut_id,
    'month_cut_days' as subject
from {{ ref('int_cuts') }} as cuts
left join {{ ref('int_standard_versions') }} as standards
    on
        standards.subject = 'month_cut_days'
        and standards.jurisdiction = 'CN'
        and {{ in_force_at('standards', 'cuts.state_on', 'cuts.state_on') }}
where starts_with(cuts.cut_id, 'month-') and standards.standard_id is null
