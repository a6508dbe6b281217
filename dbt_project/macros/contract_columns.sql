{# Generated from the contract by `python -m include.warehouse.sources`; do not edit.
   Key and business columns of each dataset as the warehouse knows them; a county's
   household_id is in household_key. #}
{% macro contract_columns(dataset) %}
{% set all = {
    'applications': {
        'key': ['application_id'],
        'columns': [
            'household_key', 'applied_on', 'status', 'decision_id', 'operation',
            'close_reason', 'closed_on', 'closed_by'
        ]
    },
    'assignments': {
        'key': ['household_key', 'staff_id', 'from_date'],
        'columns': [
            'to_date', 'operation', 'close_reason', 'closed_on', 'closed_by'
        ]
    },
    'contributions': {
        'key': ['contribution_id'],
        'columns': [
            'unit_id', 'place_code', 'contribution_kind', 'quantity', 'given_on',
            'operation', 'close_reason', 'closed_on', 'closed_by'
        ]
    },
    'cross_checks': {
        'key': ['check_id'],
        'columns': [
            'register_kind', 'found_on', 'operation', 'close_reason', 'closed_on',
            'closed_by', 'identity_check', 'identity_birth_agrees', 'identity_sex_agrees'
        ]
    },
    'decisions': {
        'key': ['decision_id'],
        'columns': [
            'household_key', 'act', 'office_unit_id', 'decided_on', 'reason',
            'notice_on', 'appeal_deadline', 'operation', 'close_reason', 'closed_on',
            'closed_by'
        ]
    },
    'designation_deliveries': {
        'key': ['delivery_id'],
        'columns': [
            'designation_id', 'reporting_side', 'period', 'indicator', 'promised',
            'delivered', 'operation', 'close_reason', 'closed_on', 'closed_by'
        ]
    },
    'designations': {
        'key': ['designation_id'],
        'columns': [
            'unit_id', 'helped_place_code', 'from_date', 'to_date', 'operation',
            'close_reason', 'closed_on', 'closed_by'
        ]
    },
    'experiences': {
        'key': ['experience_id'],
        'columns': [
            'title', 'measure_code', 'main_cause', 'place_code', 'from_date',
            'what_was_done', 'how_it_was_done', 'result', 'unit_id', 'operation',
            'close_reason', 'closed_on', 'closed_by'
        ]
    },
    'explanations': {
        'key': ['finding_id'],
        'columns': [
            'explanation', 'operation', 'close_reason', 'closed_on', 'closed_by'
        ]
    },
    'funds': {
        'key': ['project_id'],
        'columns': [
            'fund_source', 'measure_code', 'place_code', 'allocated', 'allocated_on',
            'disbursed', 'disbursed_on', 'operation', 'close_reason', 'closed_on',
            'closed_by'
        ]
    },
    'grievances': {
        'key': ['grievance_id'],
        'columns': [
            'household_key', 'household_id', 'county_code', 'grievance_kind', 'opened_on',
            'resolved_on', 'outcome', 'operation', 'close_reason', 'closed_on',
            'closed_by'
        ]
    },
    'households': {
        'key': ['household_key'],
        'columns': [
            'village_code', 'identification_standard', 'household_attribute', 'registered_on', 'main_cause',
            'other_causes', 'exit_flag', 'exited_on', 'monitoring_class', 'monitoring_identified_on',
            'risks', 'risk_status', 'risk_eliminated_on', 'income_year', 'wage_income',
            'business_income', 'property_income', 'transfer_income', 'assistance_income', 'production_costs',
            'net_income', 'medical_cost', 'food_clothing_secure', 'arable_land', 'irrigated_land',
            'forest_land', 'grain_for_green_land', 'pasture_land', 'housing_area', 'housing_grade',
            'water_safe', 'electricity', 'road_type', 'road_distance', 'fuel',
            'members_declared', 'surveyed_on', 'operation', 'close_reason', 'closed_on',
            'closed_by'
        ]
    },
    'measures': {
        'key': ['measure_id'],
        'columns': [
            'household_key', 'person_no', 'measure_code', 'offered_on', 'response',
            'responded_on', 'agreement_recorded', 'planned_on', 'delivered_on', 'amount',
            'provider_unit_id', 'project_id', 'result', 'operation', 'close_reason',
            'closed_on', 'closed_by'
        ]
    },
    'pairing_deliveries': {
        'key': ['delivery_id'],
        'columns': [
            'pairing_id', 'reporting_side', 'quarter_start', 'indicator', 'promised',
            'delivered', 'operation', 'close_reason', 'closed_on', 'closed_by'
        ]
    },
    'pairings': {
        'key': ['pairing_id'],
        'columns': [
            'helper_place_code', 'helped_place_code', 'from_date', 'to_date', 'operation',
            'close_reason', 'closed_on', 'closed_by'
        ]
    },
    'persons': {
        'key': ['household_key', 'person_no'],
        'columns': [
            'sex', 'relation', 'birth_date', 'education', 'schooling',
            'health', 'labour', 'work_place', 'work_months', 'medical_insurance',
            'serious_illness_insurance', 'pension_insurance', 'change_kind', 'changed_on', 'operation',
            'close_reason', 'closed_on', 'closed_by', 'identity_check', 'identity_birth_agrees',
            'identity_sex_agrees'
        ]
    },
    'plans': {
        'key': ['plan_id'],
        'columns': [
            'issuer_unit_id', 'place_code', 'indicator', 'period', 'target',
            'operation', 'close_reason', 'closed_on', 'closed_by'
        ]
    },
    'samples': {
        'key': ['sample_id'],
        'columns': [
            'household_key', 'county_code', 'household_id', 'village_code', 'sampled_on',
            'design_weight', 'persons', 'verified_poor', 'verified_exit_correct', 'satisfied',
            'head_sex', 'disabled', 'elderly', 'children', 'operation',
            'close_reason', 'closed_on', 'closed_by'
        ]
    },
    'staff': {
        'key': ['staff_id'],
        'columns': [
            'unit_id', 'role', 'level', 'place_code', 'from_date',
            'to_date', 'operation', 'close_reason', 'closed_on', 'closed_by'
        ]
    },
    'tasks': {
        'key': ['task_id'],
        'columns': [
            'unit_id', 'staff_id', 'place_code', 'measure_code', 'task_kind',
            'target', 'due_on', 'done_on', 'done_quantity', 'operation',
            'close_reason', 'closed_on', 'closed_by'
        ]
    },
    'units': {
        'key': ['unit_id'],
        'columns': [
            'unit_name', 'unit_kind', 'level', 'parent_unit_id', 'place_code',
            'operation', 'close_reason', 'closed_on', 'closed_by'
        ]
    },
    'villages': {
        'key': ['village_code'],
        'columns': [
            'registered_population', 'registered_households', 'population_on', 'poor_village', 'road_hardened',
            'bus_service', 'safe_water_households', 'electricity', 'clinic', 'licensed_doctor',
            'broadband', 'culture_room', 'collective_income', 'township_distance', 'operation',
            'close_reason', 'closed_on', 'closed_by'
        ]
    },
    'visits': {
        'key': ['visit_id'],
        'columns': [
            'household_key', 'staff_id', 'visited_on', 'visit_kind', 'operation',
            'close_reason', 'closed_on', 'closed_by'
        ]
    }
} %}
{{ return(all[dataset]) }}
{% endmacro %}

{# How findings name a row of each dataset in row_key: SQL over the lake's rows as `sent`. #}
{% macro contract_row_keys() %}
{{ return({
    'applications': 'cast(sent."application_id" as varchar)',
    'assignments': 'cast(sent."household_id" as varchar) || \'|\' || cast(sent."staff_id" as varchar) || \'|\' || cast(sent."from_date" as varchar)',
    'contributions': 'cast(sent."contribution_id" as varchar)',
    'cross_checks': 'cast(sent."check_id" as varchar)',
    'decisions': 'cast(sent."decision_id" as varchar)',
    'designation_deliveries': 'cast(sent."delivery_id" as varchar)',
    'designations': 'cast(sent."designation_id" as varchar)',
    'experiences': 'cast(sent."experience_id" as varchar)',
    'explanations': 'cast(sent."finding_id" as varchar)',
    'funds': 'cast(sent."project_id" as varchar)',
    'grievances': 'cast(sent."grievance_id" as varchar)',
    'households': 'cast(sent."household_id" as varchar)',
    'measures': 'cast(sent."measure_id" as varchar)',
    'pairing_deliveries': 'cast(sent."delivery_id" as varchar)',
    'pairings': 'cast(sent."pairing_id" as varchar)',
    'persons': 'cast(sent."household_id" as varchar) || \'|\' || cast(sent."person_no" as varchar)',
    'plans': 'cast(sent."plan_id" as varchar)',
    'samples': 'cast(sent."sample_id" as varchar)',
    'staff': 'cast(sent."staff_id" as varchar)',
    'tasks': 'cast(sent."task_id" as varchar)',
    'units': 'cast(sent."unit_id" as varchar)',
    'villages': 'cast(sent."village_code" as varchar)',
    'visits': 'cast(sent."visit_id" as varchar)'
}) }}
{% endmacro %}
