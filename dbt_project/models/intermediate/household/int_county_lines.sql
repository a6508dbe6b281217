-- Grain: cut, county, income year and line (poverty_line, monitoring_range).
-- Steps: 1. the counties and income years of the households; 2. the lines that hold at the end of that income year, as
-- they were known by the cut's time, for the country or a place the county lies in; 3. the narrowest jurisdiction
-- decides.
{{ county_lines(ref('int_households'), ref('int_cuts')) }}
