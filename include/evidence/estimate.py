"""Matched difference in differences in set-based SQL: one scan makes cells, the estimate is arithmetic on cells.

A stratum is kept when every cell in it (treated or not; in repeated cross-sections, before or after) has two units,
so that its variance is known. Strata weigh as their treated units: the effect is that on the treated. In a panel what
is compared is the change, less the comparison units' slope of the change on the baseline times what is left of the
baseline's difference within strata (Abadie and Imbens 2011): a band is never so narrow that nothing is left.
Formulas and sources: docs/practice.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from scipy import stats

from include.evidence.question import Question

#: A variance needs two.
_CELL_MINIMUM = 2


@dataclass(frozen=True)
class Contrast:
    """An estimate in the unit of the outcome."""

    estimate: float
    standard_error: float
    """By the variances of the cells, or of the clusters."""
    standard_error_pooled: float
    """By one variance for all cells: what textbooks print for least squares."""
    degrees_of_freedom: float

    def interval(self, level: float) -> tuple[float, float]:
        """The two-sided interval by Student's t at a level such as 0.95."""
        half = float(stats.t.ppf((1 + level) / 2, self.degrees_of_freedom)) * self.standard_error
        return self.estimate - half, self.estimate + half

    @property
    def p_value(self) -> float:
        """Two-sided, of no effect."""
        if self.standard_error == 0:
            return 0.0 if self.estimate else 1.0
        return float(2 * stats.t.sf(abs(self.estimate / self.standard_error), self.degrees_of_freedom))


@dataclass(frozen=True)
class Estimates:
    """What the data say, before anybody judges whether it may be said."""

    units: int
    units_left_out: int
    """Rows without a value in a column that is needed, or beyond the range of the treated in a banded one."""
    treated: int
    treated_compared: int
    """Treated units in strata that are kept; in repeated cross-sections those observed after."""
    comparison_compared: int
    clusters: int | None
    strata_kept: int
    effect: Contrast | None
    pretrend: Contrast | None
    imbalance: dict[str, float]
    """Standardised difference of each balance column, and of the baseline, within strata."""
    baseline_deviation: float | None
    """Standard deviation of the outcome among the treated, before the measure if it is known."""
    cost_per_unit: float | None

    @property
    def overlap(self) -> float:
        """Share of the treated that some comparison unit is like."""
        return self.treated_compared / self.treated if self.treated else 0.0


def estimate(connection: duckdb.DuckDBPyConnection, source: str, question: Question) -> Estimates:
    """Estimate a question on a table or query of the connection.

    Raises duckdb.Error when a column is missing or holds no number where one is needed. Makes temporary tables.
    """
    strata = _prepare(connection, source, question)
    units, left_out, treated = _one(
        connection,
        f"select count(*), (select count(*) from ({source})) - count(*),"
        f" count(*) filter (where treated = 1 and after_period = 1) from effect_units",
    )
    _keep(connection, strata)
    compared, comparison, kept = _one(
        connection,
        "select coalesce(sum(n) filter (where treated = 1 and after_period = 1), 0),"
        " coalesce(sum(n) filter (where treated = 0 and after_period = 1), 0),"
        f" count(distinct ({', '.join(strata)})) from effect_cells",
    )
    panel = question.before is not None
    effect = _contrast(connection, "y", "x" if panel else None, strata, question) if kept else None
    pretrend = None
    if kept and question.earlier:
        pretrend = _contrast(connection, "y_earlier", "x", strata, question)
    clusters = None
    if question.cluster:
        (clusters,) = _one(
            connection,
            f"select count(distinct cluster) from effect_units semi join effect_cells using ({_list(strata)})",
        )
    deviation = "x" if panel else "y"
    before = "after_period = 0" if question.period else "true"
    (baseline_deviation,) = _one(
        connection, f"select stddev_samp({deviation}) from effect_units where treated = 1 and {before}"
    )
    (cost,) = _one(
        connection,
        f"select avg(cost) from effect_units semi join effect_cells using ({_list(strata)}) where treated = 1",
    )
    return Estimates(
        units=units,
        units_left_out=left_out,
        treated=treated,
        treated_compared=compared,
        comparison_compared=comparison,
        clusters=clusters,
        strata_kept=kept,
        effect=effect,
        pretrend=pretrend,
        imbalance=_imbalance(connection, strata, question) if kept else {},
        baseline_deviation=baseline_deviation,
        cost_per_unit=cost,
    )


def quoted(name: str) -> str:
    """A column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def _prepare(connection: duckdb.DuckDBPyConnection, source: str, question: Question) -> list[str]:
    """Make effect_units: one row per unit with numbers for all that is needed; returns its stratum columns."""
    q = question
    treated = f"cast({quoted(q.treated)} as integer)"
    number = {
        "y": f"cast({quoted(q.after)} as double)" + (f" - cast({quoted(q.before)} as double)" if q.before else ""),
        "x": f"cast({quoted(q.before)} as double)" if q.before else "cast(null as double)",
        "y_earlier": f"cast({quoted(q.before)} as double) - cast({quoted(q.earlier)} as double)"
        if q.before and q.earlier
        else "cast(null as double)",
        "cost": f"cast({quoted(q.cost)} as double)" if q.cost else "cast(null as double)",
        **{f"b{n}": f"cast({quoted(name)} as double)" for n, name in enumerate(q.balance)},
    }
    strata = {f"s{n}": f"coalesce(cast({quoted(name)} as varchar), '')" for n, name in enumerate(q.strata)}
    for name, bands in q.bands.items():
        strata[f"s{len(strata)}"] = _band(connection, source, q, name, bands)
    strata = strata or {"s0": "''"}
    columns = {
        "treated": treated,
        "after_period": f"cast({quoted(q.period)} as integer)" if q.period else "1",
        "cluster": f"cast({quoted(q.cluster)} as varchar)" if q.cluster else "cast(null as varchar)",
        **number,
        **strata,
    }
    needed = ["treated", "after_period", "y", *(["x"] if q.before else []), *(["y_earlier"] if q.earlier else [])]
    needed += [*(f"b{n}" for n in range(len(q.balance))), *strata, *(["cluster"] if q.cluster else [])]
    selected = ", ".join(f"{expression} as {name}" for name, expression in columns.items())
    complete = " and ".join(f"{name} is not null" for name in needed)
    connection.execute(
        f"create or replace temp table effect_units as"
        f" select * from (select {selected} from ({source})) where {complete}"
    )
    (strange,) = _one(
        connection, "select count(*) from effect_units where treated not in (0, 1) or after_period not in (0, 1)"
    )
    if strange:
        raise ValueError(f"{q.treated} and {q.period or 'the period'} are 0 or 1: {strange} rows hold something else")
    return list(strata)


def _band(connection: duckdb.DuckDBPyConnection, source: str, q: Question, name: str, bands: int) -> str:
    """SQL of a band: cut at the quantiles of the treated, none beyond their range.

    A lowest value that is common (no income at all) is a band of its own, and the others are cut without it.
    """
    column = f"cast({quoted(name)} as double)"
    shares = ", ".join(f"{n / bands}" for n in range(1, bands + 1))
    low, high, cuts = _one(
        connection,
        f"""
        with treated as (select {column} as v from ({source}) where cast({quoted(q.treated)} as integer) = 1),
        lowest as (
            select min(v) as low, max(v) as high, count(*) as n,
                count(*) filter (where v = (select min(v) from treated)) as n_low
            from treated
        )
        select
            any_value(low), any_value(high),
            quantile_disc(v, [{shares}]) filter (where v > low or n_low * {bands} < n)
        from treated cross join lowest
        """,
    )
    if low is None:
        return "cast(null as varchar)"
    steps = " + ".join(f"cast({column} > {cut!r}::double as integer)" for cut in sorted({low, *(cuts or ())} - {high}))
    return f"case when {column} between {low!r}::double and {high!r}::double then cast({steps or '0'} as varchar) end"


def _keep(connection: duckdb.DuckDBPyConnection, strata: Sequence[str]) -> None:
    """Make effect_cells: a row for each cell of a stratum that is kept, with its weight and sign."""
    periods = "(select count(distinct after_period) from effect_units)"
    connection.execute(
        f"""
        create or replace temp table effect_cells as
        with cells as (
            select {_list(strata)}, treated, after_period, count(*) as n from effect_units group by all
        ),
        kept as (
            select {_list(strata)}, sum(n) filter (where treated = 1 and after_period = 1) as n_treated
            from cells where n >= {_CELL_MINIMUM}
            group by {_list(strata)} having count(*) = 2 * {periods}
        )
        select
            cells.*,
            n_treated / sum(if(treated = 1 and after_period = 1, n, 0)) over () as weight,
            if(treated = 1, 1, -1) * if(after_period = 1, 1, -1) as sign
        from cells inner join kept using ({_list(strata)})
        """
    )


def _contrast(
    connection: duckdb.DuckDBPyConnection, y: str, x: str | None, strata: Sequence[str], question: Question
) -> Contrast:
    """The weighted contrast of cell means of y, adjusted for x within strata when there is one."""
    keys = f"{_list(strata)}, treated, after_period"
    slope, slope_variance = _slope(connection, y, x, strata) if x else (0.0, 0.0)
    e = f"({y} - {slope!r}::double * {x})" if x else y
    value, variance, pooled_sum, squares, freedom, satterthwaite = _one(
        connection,
        f"""
        with cells as (
            select {keys}, avg({e}) as mean, var_samp({e}) as v, count(*) as n
            from effect_units semi join effect_cells using ({keys}) group by all
        )
        select
            sum(sign * weight * mean),
            sum(weight * weight * v / cells.n),
            sum(weight * weight / cells.n),
            sum(v * (cells.n - 1)),
            sum(cells.n - 1),
            sum(power(weight * weight * v / cells.n, 2) / (cells.n - 1))
        from cells inner join effect_cells using ({keys})
        """,
    )
    residual = 0.0
    if x:
        (residual,) = _one(
            connection,
            f"""
            select sum(sign * weight * mean) from effect_cells inner join (
                select {keys}, avg({x}) as mean from effect_units group by all
            ) using ({keys})
            """,
        )
    own = residual * residual * slope_variance
    degrees = variance * variance / satterthwaite if satterthwaite else float(freedom)
    if question.cluster:
        variance, clusters = _one(
            connection,
            f"""
            with cells as (
                select {keys}, avg({e}) as mean, count(*) as n
                from effect_units semi join effect_cells using ({keys}) group by all
            ),
            influence as (
                select cluster, sum(sign * weight * ({e} - mean) / cells.n) as u
                from effect_units inner join cells using ({keys}) inner join effect_cells using ({keys})
                group by cluster
            )
            select sum(u * u) * count(*) / nullif(count(*) - 1, 0), count(*) from influence
            """,
        )
        degrees = float(max(clusters - 1, 1))
        variance = math.nan if variance is None else variance
    pooled = squares / freedom * pooled_sum
    return Contrast(value, math.sqrt(variance + own), math.sqrt(pooled + own), max(degrees, 1.0))


def _slope(connection: duckdb.DuckDBPyConnection, y: str, x: str, strata: Sequence[str]) -> tuple[float, float]:
    """Slope of y on x within strata among comparison units, weighted as the treated, and its variance."""
    keys = _list(strata)
    sxx, sxy, syy, sxx2, freedom = _one(
        connection,
        f"""
        with within as (
            select
                {keys},
                regr_sxx({y}, {x}) as sxx, regr_sxy({y}, {x}) as sxy, regr_syy({y}, {x}) as syy, count(*) as n
            from effect_units where treated = 0 group by {keys}
        )
        select
            sum(weight / within.n * sxx), sum(weight / within.n * sxy), sum(syy),
            sum(power(weight / within.n, 2) * sxx), sum(within.n - 1)
        from within inner join (from effect_cells where treated = 0) using ({keys})
        """,
    )
    if not sxx:
        return 0.0, 0.0
    slope = sxy / sxx
    (sxy_plain, sxx_plain) = _one(
        connection,
        f"""
        select sum(sxy), sum(sxx) from (
            select {keys}, regr_sxx({y}, {x}) as sxx, regr_sxy({y}, {x}) as sxy
            from effect_units semi join effect_cells using ({keys}) where treated = 0 group by {keys}
        )
        """,
    )
    error = max(syy - 2 * slope * sxy_plain + slope * slope * sxx_plain, 0.0) / max(freedom - 1, 1)
    return slope, error * sxx2 / (sxx * sxx)


def _imbalance(connection: duckdb.DuckDBPyConnection, strata: Sequence[str], question: Question) -> dict[str, float]:
    """Difference within strata of what was known before, in standard deviations of all treated units."""
    columns = {name: f"b{n}" for n, name in enumerate(question.balance)}
    if question.before:
        columns = {question.before: "x"} | columns
    keys = f"{_list(strata)}, treated, after_period"
    found = {}
    for name, column in columns.items():
        (difference,) = _one(
            connection,
            f"""
            select sum(if(treated = 1, 1, -1) * weight * mean) from effect_cells inner join (
                select {keys}, avg({column}) as mean from effect_units where after_period = 1 group by all
            ) using ({keys})
            """,
        )
        (deviation,) = _one(connection, f"select stddev_samp({column}) from effect_units where treated = 1")
        found[name] = difference / deviation if deviation else (0.0 if not difference else math.inf)
    return found


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always gives a row
    return row
