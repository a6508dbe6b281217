{# Intervals of rates from samples. Confidence is 95 per cent, two-sided, everywhere. #}

{# Quantile 0.975 of the normal distribution. #}
{% macro normal_quantile() %}1.959963984540054{% endmacro %}

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

{# Rates of a sample with design weights and clusters: one row per `keys` of `cases`, a relation with the columns
   cluster_code, weight and hit.

   A simple random sample gets Wilson's interval. Another gets it with its effective size (Korn and Graubard 1998): n
   over the design effect, which is the larger of what unequal weights cost (Kish) and the linearised variance between
   clusters over that of a simple random sample; and with Student's quantile of clusters less one. A sample of one
   cluster says nothing of the others: no interval. #}
{% macro sample_rates(cases, keys) %}
{%- set by = keys | join(', ') -%}
with

shares as (
    select
        {{ by }},
        cast(count(*) as double) as n,
        count(*) filter (where hit) as hits,
        count(distinct cluster_code) as clusters,
        cast(sum(weight) as double) as weights,
        cast(count(*) as double) * cast(sum(weight * weight) as double)
        / nullif(cast(sum(weight) as double) * cast(sum(weight) as double), 0) as weight_effect,
        cast(coalesce(sum(weight) filter (where hit), 0) as double) / nullif(cast(sum(weight) as double), 0) as p
    from {{ cases }}
    group by {{ by }}
),

cluster_totals as (
    select
        {{ by }},
        cluster_code,
        cast(sum(weight) as double) as weight,
        cast(coalesce(sum(weight) filter (where hit), 0) as double) as hit_weight
    from {{ cases }}
    group by {{ by }}, cluster_code
),

between_clusters as (
    select
        {{ by }},
        sum((hit_weight - p * weight) * (hit_weight - p * weight)) as squares
    from cluster_totals
    inner join shares using ({{ by }})
    group by {{ by }}
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
                    then squares * clusters / (clusters - 1.0) / (weights * weights) / (p * (1 - p) / (n - 1.0))
                else 1.0
            end
        ) as design_effect
    from shares
    inner join between_clusters using ({{ by }})
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
