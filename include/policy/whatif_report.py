"""The summary of a what-if as a policy officer reads it on the terminal: counts, never a household."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def report(summary: Mapping[str, Any]) -> str:
    """Text of a summary of include.policy.whatif.what_if."""
    poorest = summary["poorest_fifth"]
    lines = [
        f"{summary['mark']}  {summary['rulebook']} on night {summary['night']} ({summary['published']}); not published",
        f"households in need {summary['households_in_need']:,}",
        f"gaining {summary['households_gaining']:,}, losing {summary['households_losing']:,} households",
        f"coverage {_percent(summary['coverage_before'])} -> {_percent(summary['coverage_after'])}; with a must"
        f" {summary['households_with_must_before']:,} -> {summary['households_with_must_after']:,} households",
        f"offers {summary['offers_before']:,} -> {summary['offers_after']:,},"
        f" overlap with today's {_percent(summary['overlap_with_today'])}",
        f"to the poorest fifth: offers {_percent(poorest['offers_before'])} -> {_percent(poorest['offers_after'])},"
        f" of gains {_percent(poorest['gains'])}, of losses {_percent(poorest['losses'])}",
        f"cost {summary['cost_change_yuan']:+,.2f} yuan if all is taken up, at the mean of what was delivered"
        + (f"; unknown for {', '.join(summary['cost_unknown_of'])}" if summary["cost_unknown_of"] else ""),
        "by measure: before, after (added, strengthened, weakened, removed)",
        *(
            f"  {row['measure_code']}: {row['before']:,}, {row['after']:,}"
            f" ({row['added']:,}, {row['strengthened']:,}, {row['weakened']:,}, {row['removed']:,})"
            for row in summary["by_measure"]
        ),
        "by county: households gaining, losing",
        *(
            f"  {row['county_code']}: {row['households_gaining']:,}, {row['households_losing']:,}"
            for row in summary["by_county"]
        ),
        f"kept in {summary['kept_in']}",
    ]
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.1%}"
