-- Grain: verified quantity and county, on the night.
-- Steps: the comparisons of counties with their peers, rounded here. There is no rank: most differences are chance.
select
    measured,
    county_code,
    kind,
    {{ rounded('remoteness') }} as remoteness,
    remoteness_band,
    {{ rounded('burden') }} as burden,
    burden_band,
    compared_by,
    peers,
    sampled as sampled_households,
    {{ rounded('rate_value') }} as verified_rate,
    {{ rounded('peer_rate') }} as peer_rate,
    {{ rounded('own_share') }} as own_share,
    {{ rounded('estimate') }} as estimate,
    {{ rounded('estimate_low') }} as estimate_low,
    {{ rounded('estimate_high') }} as estimate_high,
    standing
from {{ ref('int_peer_comparisons') }}
