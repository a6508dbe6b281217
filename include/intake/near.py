"""Near matches: members whom no resident number can bring together, found by birth date, sex, household and place.

A pair of members of two households is looked at when at least one of the two has no usable number
(include.intake.identity): where both have one, comparing the numbers has answered already. The two must agree in birth
date and sex, and so must another member of the one household and one of the other: no other pair reaches the threshold
(tests/unit/test_near.py shows it from the weights), and few pairs are left even in a nation (docs/decisions/0020).
Where more than `near_match_block_max_persons` persons agree in both, and in the second member too, their pairs are not
looked at: such days, 1970-01-01 for example, are written where the true one is not known.

All of it happens in the memory of one connection. What leaves it names rows, households and a score: no birth date, no
sex, no list of members.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import duckdb

from include.contract import contract
from include.duck import literals
from include.intake import known
from include.intake.context_tables import STAYS
from include.intake.near_weights import Weights, read_weights

Scorer = Callable[[duckdb.DuckDBPyConnection, Weights], None]
"""Makes near_pairs (record_l, record_r, match_probability, match_weight) and near_groups (record, group_id) from
near_records: include.intake.near_scores.score, which needs splink and is therefore given and not imported."""

COLUMNS = {
    "attempt_id": "varchar",
    "file": "varchar",
    "row": "bigint",
    "first_household": "varchar",
    "last_household": "varchar",
    "match_probability": "double",
    "match_weight": "double",
}
"""Columns of lake/met/near and their types."""
NOTHING = f"""select {", ".join(f'null::{kind} as "{name}"' for name, kind in COLUMNS.items())} where false"""

_TAG = "(birth_date - date '1900-01-01') * 10 + try_cast(nullif(sex, '9') as integer)"
"""Birth date and sex as one number, NULL where either is not known or not stated."""


@dataclass(frozen=True)
class Left:
    """What was too large to be looked into."""

    blocks: int
    persons: int
    """Persons of these blocks."""
    households: int
    """Households of too many members: a sheet whose household numbers were filled down."""


def find(
    connection: duckdb.DuckDBPyConnection,
    night: date,
    told: tuple[str, str],
    earlier_households: list[str],
    score: Scorer,
) -> Left:
    """Make the table near, of COLUMNS: the night's rows of members who may be in another household too.

    Needs the tables of include.intake.meet: counted, tonight, before, last_full, sent_households. `told` are its
    predicates of the rows of tonight, and of the newest accepted ones, that are members.
    """
    weights = read_weights(connection, night)
    crowded = _candidates(connection, told[0], weights.household_max)
    records(connection, told, earlier_households, "near_households")
    left = Left(*_blocks(connection, weights.block_max), crowded)
    connection.execute(f"create or replace temp table near as {NOTHING}")
    if connection.execute("select 1 from near_records limit 1").fetchone():
        score(connection, weights)
        connection.execute(f"insert into near {_NEAR}")
    return left


def _candidates(connection: duckdb.DuckDBPyConnection, told_tonight: str, most: int) -> int:
    """near_households: those that may hold such a pair, by all that was ever accepted of them and tonight's word.

    Households of more than `most` members are left out before any are paired, and counted.
    """
    told = f"""
        select household_key, _row_key, birth_date, sex, person_key from tonight where {told_tonight}
        union all
        select household_key, _row_key, birth_date, sex, person_key from before where {known.IN_FORCE} and {STAYS}"""
    # Who has few rows has few members: of a nation's households hardly any are counted one by one.
    crowded = connection.execute(
        f"""create or replace temp table near_crowded as
        with told as ({told}), many as (
            select household_key from (
                select household_key from counted union all select household_key from before
            ) group by all having count(*) > {most}
        )
        select household_key from told semi join many using (household_key) where {_TAG} is not null
        group by all having count(distinct _row_key) > {most}"""
    ).fetchone()
    connection.execute(
        f"""create or replace temp table near_tags as
        with told as ({told})
        select household_key, {_TAG} as tag, bool_or(person_key is null) as no_number
        from told anti join near_crowded using (household_key) where {_TAG} is not null
        group by all"""
    )
    connection.execute(
        """create or replace temp table near_households as
        with wanted as (
            select distinct one.tag as own, other.tag as beside
            from near_tags one join near_tags other using (household_key)
            where one.no_number and one.tag <> other.tag
        ), found as (
            select one.household_key, one.tag as own, other.tag as beside
            from near_tags one join near_tags other using (household_key)
            semi join wanted on wanted.own = one.tag and wanted.beside = other.tag
        ), met as (
            select own, beside from found group by all having min(household_key) <> max(household_key)
        )
        select distinct household_key from found semi join met using (own, beside)"""
    )
    return int(crowded[0]) if crowded else 0


def records(
    connection: duckdb.DuckDBPyConnection, told: tuple[str, str], earlier_households: list[str], households: str
) -> None:
    """Make near_records: the members in force of the households of a relation, with what they are compared by."""
    columns = 'attempt_id, file, "row", county_id, household_key, _row_key, birth_date, sex, person_key'
    homes = f"select {', '.join(_PLACE)} from sent_households where _reject is null"
    if earlier_households:
        accepted = f"read_parquet({literals(earlier_households)}, union_by_name = true)"
        homes += f" union all select {', '.join(_PLACE)} from {accepted}"
    connection.execute(
        f"""create or replace temp table near_records as
        with accepted as (
            select x.* from before x semi join {households} using (household_key)
            qualify {known.newest(contract("persons"))}
        ), members as (
            select {columns}, true as is_tonight
            from tonight semi join {households} using (household_key) where {told[0]}
            union all
            select {columns}, false from accepted a where {told[1]}
        ), tagged as (
            select *, {_TAG} as tag, row_number() over (order by county_id, _row_key) as record from members
            where {_TAG} is not null
        ), homes as (
            select household_key, max_by(village_code, (as_of, known_at, number, file, "row")) as village_code
            from ({homes}) semi join {households} using (household_key)
            where village_code is not null group by all
        ), others as (
            select one.record, list(other.tag order by other.tag) as others
            from tagged one join tagged other using (household_key) where one.record <> other.record group by all
        )
        select t.* exclude (_row_key), t.person_key is not null as has_number, h.village_code,
            coalesce(o.others, []) as others
        from tagged t left join homes h using (household_key) left join others o using (record)"""
    )


_PLACE = ("household_key", "village_code", "as_of", "known_at", "number", "file", '"row"')


def _blocks(connection: duckdb.DuckDBPyConnection, most: int) -> tuple[int, int]:
    """Leave in near_records whoever is in a block that can hold a pair, with the blocks.

    Returns how many blocks were too large, and of how many persons.
    """
    connection.execute(
        """create or replace temp table near_blocks as
        select tag || '|' || beside as block, list(record) as members, count(*) as persons
        from (select distinct record, household_key, is_tonight, has_number, tag, unnest(others) as beside
            from near_records)
        group by all
        having min(household_key) <> max(household_key) and not bool_and(has_number) and bool_or(is_tonight)"""
    )
    connection.execute(
        """create or replace temp table near_records as
        select r.*, b.blocks from near_records r join (
            select record, list(block order by block) as blocks
            from (select unnest(members) as record, block from near_blocks where persons <= $most) group by all
        ) b using (record)""",
        {"most": most},
    )
    found = connection.execute(
        """with left_out as (select unnest(members) as record, block from near_blocks where persons > $most)
        select count(distinct block), count(distinct record) from left_out""",
        {"most": most},
    ).fetchone()
    return found or (0, 0)


#: Rounded down, so that no score is said to be certain. Whoever is a near match of a near match has the same number.
_NEAR = """
    with best as (
        select record, max(match_probability) as match_probability, max(match_weight) as match_weight
        from (
            select record_l as record, match_probability, match_weight from near_pairs
            union all select record_r, match_probability, match_weight from near_pairs
        ) group by all
    ), groups as (
        select group_id, min(household_key) as first_household, max(household_key) as last_household
        from near_groups join near_records using (record) group by all
    )
    select attempt_id, file, "row", first_household, last_household,
        floor(match_probability * 1000) / 1000, floor(match_weight * 10) / 10
    from best join near_groups using (record) join groups using (group_id) join near_records using (record)
    where is_tonight"""
