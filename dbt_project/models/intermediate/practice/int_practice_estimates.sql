-- Grain: card: measure, outcome, zone or all, cause or all.
-- Steps: 1. of each village the sum of its households' influences on the effect and on the pre-trend; 2. variances
-- between villages (Liang and Zeger 1986), and what the slope adds; 3. the treated of the card, compared or not, with
-- the spread of their baseline and the cost of the compared. include/evidence/estimate.py states the same estimate for
-- any table, and a test holds the two against each other.
{% set card = ['measure_code', 'outcome', 'card_zone', 'card_cause'] %}
{% set stratum = ['measure_code', 'outcome', 'zone_id', 'cause', 'size_band', 'other_measures', 'baseline_band'] %}
with

-- What a household weighs in its card, and the means of its side of the stratum.
weighed as (
    select
        {% for key in card %}strata.{{ key }},
        {% endfor %}cells.village_code,
        cells.n,
        cast(cells.y as double) as y,
        cast(cells.x as double) as x,
        cast(cells.e as double) as e,
        case when cells.treated = 1 then cells.cost end as cost,
        case when cells.treated = 1 then cells.costed else 0 end as costed,
        strata.weight
        * case when cells.treated = 1 then 1 / strata.n_treated else -1 / strata.n_compared end as household_weight,
        case when cells.treated = 1 then strata.y_treated else strata.y_compared end as y_mean,
        case when cells.treated = 1 then strata.x_treated else strata.x_compared end as x_mean,
        case when cells.treated = 1 then strata.e_treated else strata.e_compared end as e_mean
    from {{ ref('int_practice_cells') }} as cells
    inner join {{ ref('int_practice_strata') }} as strata
        on
            {% for key in stratum %}cells.{{ key }} = strata.{{ key }}{% if not loop.last %}
            and {% endif %}{% endfor %}
),

influences as (
    select
        {% for key in card %}weighed.{{ key }},
        {% endfor %}weighed.village_code,
        sum(
            weighed.household_weight
            * (weighed.y - weighed.n * weighed.y_mean - slopes.y_slope * (weighed.x - weighed.n * weighed.x_mean))
        ) as on_effect,
        sum(
            weighed.household_weight
            * (weighed.e - weighed.n * weighed.e_mean - slopes.e_slope * (weighed.x - weighed.n * weighed.x_mean))
        ) as on_pretrend,
        sum(weighed.cost) as cost,
        sum(weighed.costed) as costed
    from weighed
    inner join {{ ref('int_practice_slopes') }} as slopes
        on
            {% for key in card %}weighed.{{ key }} = slopes.{{ key }}{% if not loop.last %}
            and {% endif %}{% endfor %}
    group by
        {% for key in card %}weighed.{{ key }},
        {% endfor %}weighed.village_code
),

variances as (
    select
        {{ card | join(', ') }},
        count(*) as villages,
        sum(on_effect * on_effect) * count(*) / nullif(count(*) - 1, 0) as effect_variance,
        sum(on_pretrend * on_pretrend) * count(*) / nullif(count(*) - 1, 0) as pretrend_variance,
        cast(sum(cost) as double) / nullif(sum(costed), 0) as cost_per_household
    from influences
    group by {{ card | join(', ') }}
),

all_treated as (
    select
        cells.measure_code,
        cells.outcome,
        {{ practice_cards('cells') }},
        sum(cells.n) as treated,
        sqrt(
            cast(sum(cells.xx) * sum(cells.n) - sum(cells.x) * sum(cells.x) as double)
            / sum(cells.n) / nullif(sum(cells.n) - 1, 0)
        ) as baseline_deviation
    from {{ ref('int_practice_cells') }} as cells
    cross join {{ practice_widths() }} as wide (any_zone, any_cause)
    where cells.treated = 1
    group by all
)

select
    all_treated.*,
    coalesce(slopes.n_treated, 0) as treated_compared,
    coalesce(slopes.n_compared, 0) as comparison_compared,
    coalesce(variances.villages, 0) as villages,
    coalesce(slopes.n_treated, 0) / all_treated.treated as overlap,
    slopes.x_difference,
    slopes.effect,
    sqrt(
        variances.effect_variance + slopes.x_difference * slopes.x_difference * slopes.y_slope_variance
    ) as effect_error,
    slopes.pretrend,
    sqrt(
        variances.pretrend_variance + slopes.x_difference * slopes.x_difference * slopes.e_slope_variance
    ) as pretrend_error,
    variances.cost_per_household
from all_treated
left join {{ ref('int_practice_slopes') }} as slopes
    on
        {% for key in card %}all_treated.{{ key }} = slopes.{{ key }}{% if not loop.last %}
        and {% endif %}{% endfor %}
left join variances
    on
        {% for key in card %}all_treated.{{ key }} = variances.{{ key }}{% if not loop.last %}
        and {% endif %}{% endfor %}
