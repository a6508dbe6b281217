-- Grain: open cut, household and condition (income, food_clothing, schooling, medical_cover, housing, water).
-- Steps: each condition is met, not_met or unknown, income also at_line (neither poor nor above); a condition is a
-- deprivation when it is not_met, and unknown when unknown.
{{ household_conditions(ref('int_households'), ref('int_household_incomes'), ref('int_household_members')) }}
