-- Grain: card.
-- Steps: the comparison side's slope within strata of the change, and of the change before the measure, on the
-- baseline, each stratum weighing as its treated (Abadie and Imbens 2011); the slopes' variances; what is left of the
-- baseline's difference, and the differences before the slope takes out its part.
{% set card = ['measure_code', 'outcome', 'card_zone', 'card_cause'] %}
with

sums as (
    select
        {{ card | join(', ') }},
        sum(weight / n_compared * sxx) as sxx,
        sum(weight / n_compared * sxy) as sxy,
        sum(weight / n_compared * sxe) as sxe,
        sum(weight / n_compared * weight / n_compared * sxx) as sxx_twice,
        sum(sxx) as sxx_plain,
        sum(sxy) as sxy_plain,
        sum(sxe) as sxe_plain,
        sum(syy) as syy,
        sum(see) as see,
        sum(n_compared - 1) as freedom,
        sum(n_treated) as n_treated,
        sum(n_compared) as n_compared,
        sum(weight * (y_treated - y_compared)) as y_difference,
        sum(weight * (e_treated - e_compared)) as e_difference,
        sum(weight * (x_treated - x_compared)) as x_difference
    from {{ ref('int_practice_strata') }}
    group by {{ card | join(', ') }}
),

slopes as (
    select
        sums.*,
        coalesce(sxy / nullif(sxx, 0), 0) as y_slope,
        coalesce(sxe / nullif(sxx, 0), 0) as e_slope
    from sums
)

select
    {{ card | join(', ') }},
    n_treated,
    n_compared,
    x_difference,
    y_slope,
    e_slope,
    y_difference - y_slope * x_difference as effect,
    e_difference - e_slope * x_difference as pretrend,
    coalesce(
        greatest(syy - 2 * y_slope * sxy_plain + y_slope * y_slope * sxx_plain, 0)
        / greatest(freedom - 1, 1) * sxx_twice / nullif(sxx * sxx, 0),
        0
    ) as y_slope_variance,
    coalesce(
        greatest(see - 2 * e_slope * sxe_plain + e_slope * e_slope * sxx_plain, 0)
        / greatest(freedom - 1, 1) * sxx_twice / nullif(sxx * sxx, 0),
        0
    ) as e_slope_variance
from slopes
