"""How often two persons of the synthetic country agree by chance in birth date, and in members of their households.

`python -m include.demo.near_by_chance` draws families alone, many more than a night could take, and prints the shares
that stand as u in the seed near_match_weights (600,000 households: about two minutes).
"""

from __future__ import annotations

import sys

import duckdb

from include.country import DEFAULT_FIRST_NIGHT
from include.country.population import draw_families
from include.country.tables import day, rng_for
from include.intake.near_estimate import household_by_chance

HOUSEHOLDS, SEED = 600_000, 1


def by_chance(households: int, seed: int) -> dict[str, float]:
    """The share of pairs of equal birth date, and of those of equal birth date and sex by members in common."""
    family = draw_families(rng_for(seed, 0, 0, 0), households, day(DEFAULT_FIRST_NIGHT))
    with duckdb.connect() as connection:
        connection.execute(
            """create temp table drawn as
            select unnest($household) as household_key, unnest($birth) as birth, unnest($sex) as sex,
                unnest($number) as person_no""",
            {
                "household": family.household,
                "birth": family.birth,
                "sex": family.sex,
                "number": family.person_no,
            },
        )
        connection.execute(
            """create temp table near_records as
            with tagged as (
                select *, birth * 10 + sex as tag, household_key * 100 + person_no as person_key from drawn
            )
            select one.household_key, one.tag, one.person_key, true as has_number,
                coalesce(list(other.tag) filter (other.person_no <> one.person_no), []) as others
            from tagged one join tagged other using (household_key) group by all"""
        )
        row = connection.execute(
            """with days as (select count(*) as n from drawn group by birth)
            select sum(n * (n - 1)) / (sum(n) * (sum(n) - 1)) from days"""
        ).fetchone()
        return {"birth_date same": float(row[0]) if row else 0.0, **household_by_chance(connection)}


if __name__ == "__main__":
    for level, share in by_chance(int(sys.argv[1]) if len(sys.argv) > 1 else HOUSEHOLDS, SEED).items():
        print(f"{level}: {share:.3g}")
