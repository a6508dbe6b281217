"""Facts the rules stand on, read from the seeds that dbt reads too, and the spellings of codes that are accepted."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path

import duckdb

from include.contract import code_lists
from include.seeds import SEEDS, rows, standards

#: Condition and cause of the rulebook that a measure for drinking water answers.
_WATER = "(condition_kind, condition_code) in (('condition', 'water'), ('cause', '06'))"


@cache
def standard_subjects(seeds: Path = SEEDS) -> frozenset[str]:
    """Subjects for which standards.csv has a row."""
    return frozenset(row["subject"] for row in rows("standards", seeds))


def load_facts(connection: duckdb.DuckDBPyConnection, known_on: date | None = None, seeds: Path = SEEDS) -> None:
    """Create the temporary tables facts_places, _pairings, _measures, _standards, and three of accepted spellings.

    The standards are those known on a night, without one those known last.
    facts_codes, facts_measure_names (lower case) and facts_place_names give for every spelling that is accepted the
    code that is meant. facts_pairings has the two provinces of each pairing of the national rounds.
    """
    _seed(connection, seeds, "places", "place_code, level, county_id")
    _seed(connection, seeds, "rulebook", "condition_kind, condition_code, measure_code")
    _seed(
        connection,
        seeds,
        "measures",
        "measure_code, name_zh, name_en, cast(needs_agreement as boolean) as needs_agreement",
    )
    connection.execute(
        f"""create or replace temp table facts_measures as
        select m.measure_code, m.needs_agreement,
            coalesce(bool_or({_WATER}), false) as for_water,
            coalesce(bool_and(r.condition_kind = 'cause'), false) as answers_causes_alone,
            coalesce(list(distinct r.condition_code) filter (r.condition_kind = 'cause'), []) as causes
        from seed_measures m left join seed_rulebook r using (measure_code)
        group by all"""
    )
    connection.execute(
        """create or replace temp table facts_measure_names as
        select lower(measure_code) as sent, measure_code as code from seed_measures
        union select lower(name_zh), measure_code from seed_measures
        union select lower(name_en), measure_code from seed_measures"""
    )
    connection.execute("create or replace temp table facts_places as select * from seed_places")
    _seed(connection, seeds, "pairings", "pairing_id, helper_place_code, helped_place_code")
    connection.execute(
        """create or replace temp table facts_pairings as
        select pairing_id, left(helper_place_code, 2) as helper_province, left(helped_place_code, 2) as helped_province
        from seed_pairings"""
    )
    # A code filled up with zeros to twelve digits is the same place; no village's code ends in 000.
    connection.execute(
        """create or replace temp table facts_place_names as
        select place_code as sent, place_code, level, county_id from seed_places
        union all
        select rpad(place_code, 12, '0'), place_code, level, county_id from seed_places where length(place_code) < 12
        qualify row_number() over (partition by rpad(place_code, 12, '0') order by length(place_code) desc) = 1"""
    )
    _standards(connection, standards(known_on, seeds))
    connection.execute(
        """create or replace temp table facts_codes as
        select unnest($lists) as list, unnest($sent) as sent, unnest($codes) as code""",
        dict(zip(("lists", "sent", "codes"), map(list, zip(*_all_spellings(), strict=True)), strict=True)),
    )


def _standards(connection: duckdb.DuckDBPyConnection, rows_: list[dict[str, str]]) -> None:
    columns = ("subject", "jurisdiction", "valid_from", "valid_to", "value")
    connection.execute(
        """create or replace temp table facts_standards as
        select subject, jurisdiction, coalesce(try_cast(valid_from as date), date '0001-01-01') as valid_from,
            coalesce(try_cast(valid_to as date), date '9999-12-31') as valid_to, cast(value as double) as value
        from (select unnest($subject) as subject, unnest($jurisdiction) as jurisdiction,
            unnest($valid_from) as valid_from, unnest($valid_to) as valid_to, unnest($value) as value)""",
        {column: [row[column] for row in rows_] for column in columns},
    )


def _all_spellings() -> list[tuple[str, str, str]]:
    return [(name, sent, code) for name in code_lists() for sent, code in spellings(name).items()]


def spellings(list_name: str) -> dict[str, str]:
    """Each accepted spelling of a list's codes (lower case) to the code.

    Accepted are the code, its exact Chinese or English name, and the code with or without leading zeros where that is
    certain: all codes of the list are digits and no two of them are the same number.
    """
    codes = code_lists()[list_name].codes
    accepted: dict[str, str] = {}
    for label in ("en", "zh"):
        accepted.update({getattr(code, label).lower(): code.code for code in codes})
    numeric = all(code.code.isdigit() for code in codes)
    if numeric and len({int(code.code) for code in codes}) == len(codes):
        width = max(2, *(len(code.code) for code in codes))
        for code in codes:
            bare = str(int(code.code))
            accepted.update({bare.zfill(digits): code.code for digits in range(len(bare), width + 1)})
    accepted.update({code.code.lower(): code.code for code in codes})
    return accepted


def _seed(connection: duckdb.DuckDBPyConnection, seeds: Path, name: str, columns: str) -> None:
    path = seeds / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    # The layout is known, so DuckDB need not find it out.
    connection.execute(
        f"""create or replace temp table seed_{name} as select {columns} from read_csv($path, header = true,
            auto_detect = false, delim = ',', quote = '"', escape = '"', columns = $columns)""",
        {"path": str(path), "columns": dict.fromkeys(header, "VARCHAR")},
    )
