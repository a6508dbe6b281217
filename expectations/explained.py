"""What zone.change_explained tells, beside the figures of zone.poverty_monthly that it tells of.

The difference of two figures is worked out here a second time on purpose, from the names of month and vintage.
"""

from __future__ import annotations

from expectations.checks import Check, equal
from expectations.measure import Measure, Scratch


def of_marts_blocking() -> list[Check]:
    """That no figure changed for a reason that is not told."""
    return [
        equal(
            "marts-changes-explained", "explained", "difference", "explained",
            "Why a figure changed adds up to how much it changed, in every area and month",
            "Run the dbt test changes_add_up, and look at int_changed_households for the month and area named",
        ),
    ]  # fmt: skip


def _explained(_: Scratch) -> str:
    return """
        with figures as (
            select area_kind, area_code, month, vintage, 'registered' as figure, registered as total
            from w.zone.poverty_monthly
            where weight = 'households' and income = 'after_assistance' and line = 'poverty_line'
            union all
            select area_kind, area_code, month, vintage, 'below_' || line, below_line
            from w.zone.poverty_monthly where weight = 'households' and income = 'after_assistance'
        ),
        months as (select distinct month, vintage, vintage = 'restated' as restated from figures),
        compared as (
            select m.month, m.vintage, 'month_before' as compared_with, b.month as other_month,
                b.vintage as other_vintage
            from months as m inner join months as b
                on b.month = m.month - interval 1 month and b.restated = m.restated
            union all
            select m.month, m.vintage, 'as_cut', m.month, 'cut' from months as m where m.restated
        ),
        signed as (
            select c.month, c.vintage, c.compared_with, f.area_kind, f.area_code, f.figure, f.total
            from compared as c inner join figures as f on c.month = f.month and c.vintage = f.vintage
            union all
            select c.month, c.vintage, c.compared_with, f.area_kind, f.area_code, f.figure, -f.total
            from compared as c inner join figures as f on c.other_month = f.month and c.other_vintage = f.vintage
        ),
        differences as (
            select month, vintage, compared_with, area_kind, area_code, figure, sum(total) as difference
            from signed group by all
        ),
        told as (
            select month, vintage, compared_with, area_kind, area_code, figure, sum(change) as explained
            from w.zone.change_explained
            where weight = 'households' and area_kind <> 'village' and figure <> 'multidimensionally_poor'
            group by all
        )
        select
            concat_ws(' ', area_kind, area_code, strftime(month, '%Y-%m'), vintage, compared_with, figure) as scope,
            cast(coalesce(d.difference, 0) as bigint) as difference,
            cast(coalesce(t.explained, 0) as bigint) as explained
        from differences as d
        full join told as t using (month, vintage, compared_with, area_kind, area_code, figure)
        order by scope
    """


MARTS: dict[str, Measure] = {"explained": _explained}
