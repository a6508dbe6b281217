"""Estimates the weights of near matches anew, from the persons that a night's lake holds.

u, how often two persons agree by chance, is what splink finds in pairs drawn at random; members of the household in
common are counted among all pairs that could be scored and are two persons by their numbers. m, how often two rows of
one person agree, is what splink's expectation maximisation finds once among pairs of equal birth date and sex, and once
among pairs with the oldest other member in common. Nobody says which pairs are matches; where there are few of them m
follows what it began with, so the figures are to be looked at before a row of the seed is replaced by them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import duckdb

from include.duck import connect
from include.home import Home
from include.intake import known, near
from include.intake.meet import STILL_TOLD, TOLD_TONIGHT, load_persons
from include.intake.near_scores import COMPARISONS, settings
from include.intake.near_weights import Weights, read_weights
from include.settings import Settings

_PAIRS_DRAWN = 3e7
_ELSEWHERE = "l.household_key <> r.household_key"
_LEAST = 1e-9
"""m or u that splink did not find: no pair was at this level."""

HOUSEHOLD = tuple(level for level, _ in COMPARISONS["household"][1])
"""Levels of the comparison of households, the nearest first."""

Levels = dict[str, dict[str, tuple[float, float]]]


def estimate(home: Home, operator: Settings, night: date) -> Levels:
    """m and u of each comparison and level, from all persons in force on a night and by the weights now in force."""
    from splink import DuckDBAPI, Linker
    from splink.blocking_rule_library import CustomRule

    with connect(operator) as connection:
        load_persons(connection, home, night)
        connection.execute(
            """create or replace temp view everyone as
            select distinct household_key from (select household_key from tonight union all
                select household_key from before)"""
        )
        earlier = known.earlier_files(home, night, "households")
        near.records(connection, (TOLD_TONIGHT, STILL_TOLD), earlier, "everyone")
        now = read_weights(connection, night)
        same_person = CustomRule(f"l.birth_date = r.birth_date and l.sex = r.sex and {_ELSEWHERE}", "duckdb")
        in_common = CustomRule(f"l.others[1] = r.others[1] and {_ELSEWHERE}", "duckdb")
        api = DuckDBAPI(connection)
        table = api.register("near_records")

        drawn = Linker(table, settings(now, [same_person]), log_level=None)
        drawn.training.estimate_u_using_random_sampling(max_pairs=_PAIRS_DRAWN, seed=1, min_count_per_level=None)
        by_chance = _levels(drawn)
        for level, u in household_by_chance(connection).items():
            by_chance["household"][level] = (0.0, u)

        begun = replace(now, levels=_together(now, by_chance))
        learnt = Linker(table, settings(begun, [same_person]), log_level=None)
        for rule in (same_person, in_common):
            learnt.training.estimate_parameters_using_expectation_maximisation(
                rule, fix_u_probabilities=True, fix_probability_two_random_records_match=False
            )
        return _together(replace(now, levels=_levels(learnt)), by_chance)


def household_by_chance(connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """u of the comparison of households: the share of each level among pairs that are certainly two persons.

    Those are members of equal birth date and sex, of two households that share no number, who have a number each. Only
    pairs of equal birth date and sex are ever scored, and given them the ages of the others are no longer by chance.
    Needs near_records. A level that no pair has gets the upper end of its 95 % interval, three in the number of pairs.
    """
    in_common = "len(list_intersect(one.others, other.others))"
    row = connection.execute(
        f"""with shared as (
            select distinct one.household_key as one_household, other.household_key as other_household
            from near_records one join near_records other using (person_key)
            where one.household_key < other.household_key
        ), pairs as (
            select {in_common} as n
            from near_records one join near_records other on one.tag = other.tag
            anti join shared on one_household = one.household_key and other_household = other.household_key
            where one.household_key < other.household_key and one.has_number and other.has_number
        )
        select count(*), count_if(n >= 3), count_if(n = 2), count_if(n = 1) from pairs"""
    ).fetchone()
    pairs, *found = row or (0, 0, 0, 0)
    shares = [(count or 3) / max(pairs, 3) for count in found]
    return dict(zip(HOUSEHOLD, (*shares, max(0.0, 1 - sum(shares))), strict=True))


def _together(weights: Weights, by_chance: Levels) -> Levels:
    return {
        name: {level: (m, by_chance[name][level][1]) for level, (m, _) in levels.items()}
        for name, levels in weights.levels.items()
    }


def _levels(linker: Any) -> Levels:
    """m and u as a linker holds them."""
    found: Levels = {}
    for comparison in linker.misc.save_model_to_json()["comparisons"]:
        name = comparison["output_column_name"]
        values = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        found[name] = {
            level: (_share(value, "m_probability"), _share(value, "u_probability"))
            for (level, _), value in zip(COMPARISONS[name][1], values, strict=True)
        }
    return found


def _share(level: dict[str, Any], name: str) -> float:
    value = level.get(name)
    return value if isinstance(value, float) else _LEAST
