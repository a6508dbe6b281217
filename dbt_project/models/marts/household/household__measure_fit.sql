-- Grain: household in need and cause.
-- Steps: how far fitting measures have come for each of its causes; what was turned down closes nothing.
select
    household_key,
    cause,
    is_main,
    fit,
    fitting_measures,
    delivered
from {{ ref('int_measure_fit') }}
