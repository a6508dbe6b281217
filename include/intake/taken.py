"""What it means that a package was taken, and that a later one so takes the place of an earlier one of its county."""

from __future__ import annotations

TAKEN = ("accepted", "accepted_with_queries", "partly_accepted")
"""States of an attempt of which something counts."""


def replaces(later: str, earlier: str, state: str = "state") -> str:
    """SQL: the attempt `later` is a full package that was taken and speaks for the day of `earlier` or one after it.

    Both name a relation with county_id, number and as_of; `later` has kind, nothing_due, accepted (rows) and the column
    `state` too. One that was taken and then itself superseded counts.
    """
    states = ", ".join(f"'{name}'" for name in TAKEN)
    return (
        f"{later}.county_id = {earlier}.county_id and {later}.number > {earlier}.number and {later}.kind = 'full'"
        f" and not coalesce({later}.nothing_due, false) and {later}.as_of >= {earlier}.as_of"
        f" and ({later}.{state} in ({states}) or ({later}.{state} = 'superseded' and {later}.accepted > 0))"
    )
