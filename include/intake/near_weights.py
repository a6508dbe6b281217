"""The weights of near matches: dated rows of two seeds, by the day of a night."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from include.seeds import SEEDS, holds, rows

NATION = "CN"
"""A pair may lie in two provinces: only what holds for the whole country can judge it."""
_SUBJECTS = (
    "near_match_probability_min",
    "near_match_pairs_per_match",
    "near_match_block_max_persons",
    "near_match_household_max_persons",
)


@dataclass(frozen=True)
class Weights:
    """What a pair of members is judged by (Fellegi and Sunter 1969)."""

    levels: Mapping[str, Mapping[str, tuple[float, float]]]
    """For each comparison and each of its levels m and u: the share of pairs at this level of those that are one
    person, and of those that are two."""
    probability_min: float
    """A pair is told from this probability on."""
    pairs_per_match: float
    """Of how many pairs of members of the registry, drawn at random, one is the same person."""
    block_max: int
    """Persons of a block that is still looked into."""
    household_max: int
    """Members of a household that is still looked into."""

    @property
    def prior(self) -> float:
        """The probability that two members drawn at random are one person."""
        return 1 / self.pairs_per_match


def read_weights(connection: duckdb.DuckDBPyConnection, night: date, seeds: Path = SEEDS) -> Weights:
    """The weights in force on a night; needs facts_standards.

    Raises KeyError when a row of a seed is missing.
    """
    values = dict(
        connection.execute(
            """select subject, value from facts_standards
            where jurisdiction = $nation and $night between valid_from and valid_to
                and list_contains($subjects, subject)""",
            {"nation": NATION, "night": night, "subjects": _SUBJECTS},
        ).fetchall()
    )
    levels: dict[str, dict[str, tuple[float, float]]] = {}
    for row in sorted(rows("near_match_weights", seeds), key=lambda row: row["valid_from"]):
        if row["jurisdiction"] == NATION and holds(row, night):
            levels.setdefault(row["comparison"], {})[row["level"]] = (float(row["m"]), float(row["u"]))
    least, pairs, block, household = (values[subject] for subject in _SUBJECTS)
    return Weights(levels, float(least), float(pairs), int(block), int(household))
