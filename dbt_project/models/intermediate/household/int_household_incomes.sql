-- Grain: open cut and household in the marts.
-- Steps: 1. net income as the sum of its parts, unknown when a part is missing, negative kept; 2. the same without
-- assistance; 3. per head of the members at the end of the income year, unknown when there is none, to six
-- decimals, since rounding to a fen would bring some of the poor onto the line; 4. the lines in
-- force for its county and income year, as known by the cut's time; 5. poor is strictly below the line; equal is
-- neither poor nor above.
{{ household_incomes(ref('int_households'), ref('int_household_members'), ref('int_county_lines'), ref('int_cuts')) }}
