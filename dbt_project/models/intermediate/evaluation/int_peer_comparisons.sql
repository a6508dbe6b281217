-- Grain: verified quantity and county, on the night.
-- Steps: 1. verified rates of counties with an interval, by kind of county: in a contiguous poor area, designated
-- otherwise, or neither; 2. the halves of each kind: how remote, and how many to serve, by the median of its counties
-- that know it; 3. the groups of peers, each with all counties of its marks, so that whoever is compared with a group
-- sees the same rate; 4. of each group the pooled rate, and how far its counties truly differ (DerSimonian and Laird
-- 1986); 5. each county's rate drawn towards that of the finest of its groups with enough counties, the more the fewer
-- its sample says; 6. apart from its peers only when the whole interval of that is. Size needs no group of its own: it
-- is in what a sample says. Remoteness stays longer than burden: no office made it, and registering does not move it.
{% set groups = [
    ('kind_remoteness_burden', "kind || ' ' || remoteness_band || ' ' || burden_band"),
    ('kind_remoteness', "kind || ' ' || remoteness_band"),
    ('kind_burden', "kind || ' ' || burden_band"),
    ('kind', 'kind'),
] %}
with

kinds as (
    select
        current_code as county_code,
        max(case when area14 is not null then 'contiguous_area' else 'designated' end) as kind
    from {{ ref('poverty_counties') }}
    group by current_code
),

rates as (
    select
        intervals.measured,
        intervals.place_code as county_code,
        coalesce(kinds.kind, 'other') as kind,
        circumstances.burden,
        circumstances.remoteness,
        intervals.sampled,
        intervals.rate_value as p,
        intervals.effective_size as n
    from {{ ref('int_sample_intervals') }} as intervals
    left join kinds
        on intervals.place_code = kinds.county_code
    left join {{ ref('int_county_circumstances') }} as circumstances
        on intervals.place_code = circumstances.county_code
    where
        intervals.cut_id = 'night'
        and intervals.level = 'county'
        and intervals.effective_size is not null
        and intervals.measured not in ('wrong_exit', 'wrong_exits_mended')
),

halves as (
    select
        measured,
        kind,
        median(burden) as burden,
        median(remoteness) as remoteness
    from rates
    group by measured, kind
),

banded as (
    select
        rates.*,
        case
            when rates.burden > halves.burden then 'more_to_serve'
            when rates.burden <= halves.burden then 'fewer_to_serve'
        end as burden_band,
        case
            when rates.remoteness > halves.remoteness then 'farther'
            when rates.remoteness <= halves.remoteness then 'nearer'
        end as remoteness_band
    from rates
    inner join halves
        on rates.measured = halves.measured and rates.kind = halves.kind
),

-- A county that does not know a mark is in no group of that mark.
members as (
    {% for compared_by, peer_group in groups %}
    select
        banded.*,
        '{{ compared_by }}' as compared_by,
        {{ peer_group }} as peer_group,
        {{ loop.index }} as coarseness
    from banded
    where {{ peer_group }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

pooled as (
    select
        measured,
        peer_group,
        compared_by,
        count(*) as peers,
        sum(n * p) / sum(n) as mean,
        sum(n) as n_all,
        sum(n * n) as n_squares
    from members
    group by measured, peer_group, compared_by
),

spread as (
    select
        pooled.measured,
        pooled.peer_group,
        pooled.compared_by,
        pooled.peers,
        pooled.mean,
        pooled.n_all,
        sum(members.n * (members.p - pooled.mean) * (members.p - pooled.mean)) as squares,
        (pooled.peers - 1) * pooled.mean * (1 - pooled.mean) as squares_by_chance,
        pooled.n_all - pooled.n_squares / pooled.n_all as squares_per_variance
    from pooled
    inner join members
        on
            pooled.measured = members.measured
            and pooled.compared_by = members.compared_by
            and pooled.peer_group = members.peer_group
    group by
        pooled.measured, pooled.peer_group, pooled.compared_by, pooled.peers, pooled.mean, pooled.n_all,
        pooled.n_squares
),

between_counties as (
    select
        spread.*,
        peers >= {{ national_standard('peer_counties_min') }} as enough,
        greatest(0.0, (squares - squares_by_chance) / nullif(squares_per_variance, 0)) as variance_between
    from spread
),

chosen as (
    select
        members.*,
        spread.peers,
        spread.enough,
        spread.mean,
        spread.n_all,
        spread.variance_between,
        row_number() over (
            partition by members.measured, members.county_code
            order by members.coarseness
        ) as choice
    from members
    inner join between_counties as spread
        on
            members.measured = spread.measured
            and members.compared_by = spread.compared_by
            and members.peer_group = spread.peer_group
    where spread.enough or members.compared_by = 'kind'
),

drawn as (
    select
        chosen.*,
        coalesce(variance_between / nullif(variance_between + mean * (1 - mean) / n, 0), 0) as own_share,
        mean * (1 - mean) / n as variance_own,
        mean * (1 - mean) / n_all as variance_mean
    from chosen
    where choice = 1
),

estimates as (
    select
        drawn.*,
        mean + own_share * (p - mean) as estimate,
        {{ normal_quantile() }}
        * sqrt(own_share * variance_own + (1 - own_share) * (1 - own_share) * variance_mean) as half_width
    from drawn
)

select
    measured,
    county_code,
    kind,
    remoteness,
    remoteness_band,
    burden,
    burden_band,
    compared_by,
    cast(peers as bigint) as peers,
    sampled,
    p as rate_value,
    mean as peer_rate,
    own_share,
    estimate,
    greatest(0.0, estimate - half_width) as estimate_low,
    least(1.0, estimate + half_width) as estimate_high,
    case
        when not enough then 'too_few_peers'
        when estimate - half_width > mean then 'above_its_peers'
        when estimate + half_width < mean then 'below_its_peers'
        else 'like_its_peers'
    end as standing
from estimates
