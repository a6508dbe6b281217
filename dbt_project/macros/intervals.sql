{# Intervals of rates, of samples and of groups. Confidence is 95 per cent, two-sided, everywhere. #}

{# Quantile 0.975 of the normal distribution. #}
{% macro normal_quantile() %}1.959963984540054{% endmacro %}

{# The chance of a standard normal value as far from zero as z or farther, on either side: Laplace's continued
   fraction of Mills' ratio (Abramowitz and Stegun 26.2.14), twelve terms deep. From z = 1.96 on it is right to two in a
   hundred thousand; nearer to zero it is not meant for. #}
{% macro two_sided_chance(z) %}
{%- set fraction = namespace(text=z) -%}
{%- for term in range(12, 0, -1) -%}
{%- set fraction.text = '(' ~ z ~ ' + ' ~ term ~ '.0 / ' ~ fraction.text ~ ')' -%}
{%- endfor -%}
(2.0 * exp(-{{ z }} * {{ z }} / 2.0) / sqrt(2.0 * pi()) / {{ fraction.text }})
{% endmacro %}

{# One end of Wilson's score interval (1927) of a share p among n; side is -1 or 1. n need not be whole. #}
{% macro wilson(p, n, side) %}
{%- set z2 = '(' ~ normal_quantile() ~ ' * ' ~ normal_quantile() ~ ')' -%}
(
    ({{ p }} + {{ z2 }} / (2 * {{ n }})
        + ({{ side }}) * {{ normal_quantile() }}
        * sqrt({{ p }} * (1 - {{ p }}) / {{ n }} + {{ z2 }} / (4 * {{ n }} * {{ n }})))
    / (1 + {{ z2 }} / {{ n }})
)
{% endmacro %}

{# One end of Newcombe's hybrid score interval (1998, method 10) of the difference first - second of two shares, from the
   ends of their own intervals; side is -1 or 1. `first` and `second` are prefixes of columns _share, _low and _high. #}
{% macro newcombe(first, second, side) %}
{%- set first_end, second_end = ('low', 'high') if side == -1 else ('high', 'low') -%}
(
    {{ first }}_share - {{ second }}_share
    + ({{ side }}) * sqrt(
        ({{ first }}_share - {{ first }}_{{ first_end }}) * ({{ first }}_share - {{ first }}_{{ first_end }})
        + ({{ second }}_{{ second_end }} - {{ second }}_share) * ({{ second }}_{{ second_end }} - {{ second }}_share)
    )
)
{% endmacro %}

{# What a rate and its interval are made of, as sums over clusters: of a relation with the columns households, hits,
   weight, weight_squares and hit_weight of each cluster. #}
{% macro cluster_sums() %}
sum(households) as households,
sum(hits) as hits,
count(*) as clusters,
sum(weight) as weight,
sum(weight_squares) as weight_squares,
sum(hit_weight) as hit_weight,
sum(weight * weight) as squares_of_weight,
sum(hit_weight * hit_weight) as squares_of_hits,
sum(hit_weight * weight) as products
{% endmacro %}

{# The same sums of an area from those of its parts: clusters lie within one part. #}
{% macro sums_of_sums() %}
{% for name in ['households', 'hits', 'clusters', 'weight', 'weight_squares', 'hit_weight', 'squares_of_weight',
    'squares_of_hits', 'products'] -%}
sum({{ name }}) as {{ name }}{{ ',' if not loop.last }}
{% endfor %}
{% endmacro %}

{# Rates with design weights and clusters: one row per `keys` of `sums` (cluster_sums above).

   A simple random sample gets Wilson's interval. Another gets it with its effective size (Korn and Graubard 1998): n
   over the design effect, which is the larger of what unequal weights cost (Kish) and the linearised variance between
   clusters over that of a simple random sample; and with Student's quantile of clusters less one. A sample of one
   cluster says nothing of the others: no interval. #}
{% macro rates_of_sums(sums, keys) %}
{%- set by = keys | join(', ') -%}
with

shares as (
    select
        {{ by }},
        cast(households as double) as n,
        hits,
        clusters,
        cast(weight as double) as weights,
        cast(households as double) * cast(weight_squares as double)
        / nullif(cast(weight as double) * cast(weight as double), 0) as weight_effect,
        -- Of ten-thousandths, which weights are whole numbers of: a rate that is just its limit comes out as it.
        round(10000 * cast(hit_weight as double)) / nullif(round(10000 * cast(weight as double)), 0) as p,
        cast(squares_of_hits as double) as squares_of_hits,
        cast(squares_of_weight as double) as squares_of_weight,
        cast(products as double) as products
    from {{ sums }}
),

effects as (
    select
        {{ by }},
        n,
        hits,
        clusters,
        p,
        greatest(
            1.0,
            weight_effect,
            case
                when clusters > 1 and p > 0 and p < 1
                    -- The sum over clusters of (hits - p * weight) squared.
                    then (squares_of_hits - 2 * p * products + p * p * squares_of_weight)
                        * clusters / (clusters - 1.0) / (weights * weights) / (p * (1 - p) / (n - 1.0))
                else 1.0
            end
        ) as design_effect
    from shares
),

sized as (
    select
        effects.*,
        case
            when clusters < 2 then null
            when clusters < n and quantiles.quantile is not null
                then n / design_effect
                    * {{ normal_quantile() }} * {{ normal_quantile() }} / (quantiles.quantile * quantiles.quantile)
            else n / design_effect
        end as effective_size
    from effects
    left join {{ ref('student_t_quantiles') }} as quantiles
        on effects.clusters - 1 = quantiles.degrees_of_freedom
)

select
    {{ by }},
    cast(n as bigint) as sampled,
    cast(clusters as bigint) as clusters,
    cast(hits as bigint) as hits,
    p as rate_value,
    design_effect,
    effective_size,
    {#- greatest and least pass a null over: without a size there is no interval #}
    case when effective_size is not null then greatest(0.0, {{ wilson('p', 'effective_size', -1) }}) end as rate_low,
    case when effective_size is not null then least(1.0, {{ wilson('p', 'effective_size', 1) }}) end as rate_high
from sized
{% endmacro %}

{# Rates of single households: one row per `keys` of `cases`, a relation with the columns cluster_code, weight and hit. #}
{% macro sample_rates(cases, keys) %}
{%- set by = keys | join(', ') -%}
with

cluster_totals as (
    select
        {{ by }},
        cluster_code,
        count(*) as households,
        count(*) filter (where hit) as hits,
        cast(sum(weight) as decimal(18, 4)) as weight,
        cast(sum(weight * weight) as decimal(38, 8)) as weight_squares,
        cast(coalesce(sum(weight) filter (where hit), 0) as decimal(18, 4)) as hit_weight
    from {{ cases }}
    group by {{ by }}, cluster_code
),

cluster_sums as (
    select
        {{ by }},
        {{ cluster_sums() | indent(8) }}
    from cluster_totals
    group by {{ by }}
)

select *
from (
    {{ rates_of_sums('cluster_sums', keys) | indent(4) }}
) as rates
{% endmacro %}
