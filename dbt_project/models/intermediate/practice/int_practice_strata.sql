-- Grain: card (measure, outcome, zone or all, cause or all) and stratum of it in which both sides have two households.
-- Steps: 1. both sides of a stratum, its means, and the squares of the comparison side around its means; 2. the
-- stratum is in four cards: of its zone and cause, of either, and of all; its weight there is its share of the treated.
{% set keys = ['measure_code', 'outcome', 'zone_id', 'cause', 'size_band', 'other_measures', 'baseline_band'] %}
with

totals as (
    select
        {{ keys | join(', ') }},
        treated,
        cast(sum(n) as bigint) as n,
        {% for total in ['y', 'x', 'e', 'yy', 'xx', 'ee', 'xy', 'xe'] %}
        sum({{ total }}) as {{ total }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('int_practice_cells') }}
    group by {{ keys | join(', ') }}, treated
),

-- n times a sum of products less the product of sums is exact, and only then a double.
sides as (
    select
        {{ keys | join(', ') }},
        treated,
        cast(n as double) as n,
        cast(y as double) / n as y,
        cast(x as double) / n as x,
        cast(e as double) / n as e,
        cast(n * xx - x * x as double) / n as sxx,
        cast(n * yy - y * y as double) / n as syy,
        cast(n * ee - e * e as double) / n as see,
        cast(n * xy - x * y as double) / n as sxy,
        cast(n * xe - x * e as double) / n as sxe
    from totals
    where n >= 2
),

strata as (
    select
        {% for key in keys %}t.{{ key }},
        {% endfor %}t.n as n_treated,
        c.n as n_compared,
        t.y as y_treated,
        t.x as x_treated,
        t.e as e_treated,
        c.y as y_compared,
        c.x as x_compared,
        c.e as e_compared,
        c.sxx,
        c.syy,
        c.see,
        c.sxy,
        c.sxe
    from sides as t
    inner join sides as c
        on
            {% for key in keys %}t.{{ key }} = c.{{ key }}{% if not loop.last %}
            and {% endif %}{% endfor %}
    where t.treated = 1 and c.treated = 0
)

select
    strata.*,
    {{ practice_cards('strata') }},
    strata.n_treated / sum(strata.n_treated) over (
        partition by
            strata.measure_code, strata.outcome,
            case when wide.any_zone then 'all' else strata.zone_id end,
            case when wide.any_cause then 'all' else strata.cause end
    ) as weight
from strata
cross join {{ practice_widths() }} as wide (any_zone, any_cause)
