-- Grain: verified quantity and county, on the night.
-- Steps: 1. verified rates of counties with an interval, by kind of county: in a contiguous poor area, designated
-- otherwise, or neither; 2. of each kind the pooled rate, and how far its counties truly differ (DerSimonian and Laird
-- 1986); 3. each county's rate drawn towards its peers', the more the fewer its sample says; 4. apart from its peers
-- only when the whole interval of that is. Size needs no kind of its own: it is in what a sample says.
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
        intervals.sampled,
        intervals.rate_value as p,
        intervals.effective_size as n
    from {{ ref('int_sample_intervals') }} as intervals
    left join kinds
        on intervals.place_code = kinds.county_code
    where
        intervals.cut_id = 'night'
        and intervals.level = 'county'
        and intervals.effective_size is not null
        and intervals.measured not in ('wrong_exit', 'wrong_exits_mended')
),

pooled as (
    select
        measured,
        kind,
        count(*) as peers,
        sum(n * p) / sum(n) as mean,
        sum(n) as n_all,
        sum(n * n) as n_squares
    from rates
    group by measured, kind
),

spread as (
    select
        pooled.measured,
        pooled.kind,
        pooled.peers,
        pooled.mean,
        pooled.n_all,
        sum(rates.n * (rates.p - pooled.mean) * (rates.p - pooled.mean)) as squares,
        (pooled.peers - 1) * pooled.mean * (1 - pooled.mean) as squares_by_chance,
        pooled.n_all - pooled.n_squares / pooled.n_all as squares_per_variance
    from pooled
    inner join rates
        on pooled.measured = rates.measured and pooled.kind = rates.kind
    group by pooled.measured, pooled.kind, pooled.peers, pooled.mean, pooled.n_all, pooled.n_squares
),

between_counties as (
    select
        spread.*,
        greatest(0.0, (squares - squares_by_chance) / nullif(squares_per_variance, 0)) as variance_between
    from spread
),

drawn as (
    select
        rates.*,
        spread.peers,
        spread.mean,
        coalesce(
            spread.variance_between
            / nullif(spread.variance_between + spread.mean * (1 - spread.mean) / rates.n, 0), 0
        ) as own_share,
        spread.mean * (1 - spread.mean) / rates.n as variance_own,
        spread.mean * (1 - spread.mean) / spread.n_all as variance_mean
    from rates
    inner join between_counties as spread
        on rates.measured = spread.measured and rates.kind = spread.kind
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
    cast(peers as bigint) as peers,
    sampled,
    p as rate_value,
    mean as peer_rate,
    own_share,
    estimate,
    estimate - half_width as estimate_low,
    estimate + half_width as estimate_high,
    case
        when peers < {{ national_standard('suppression_min_cell_coarse') }} then 'too_few_peers'
        when estimate - half_width > mean then 'above_its_peers'
        when estimate + half_width < mean then 'below_its_peers'
        else 'like_its_peers'
    end as standing
from estimates
