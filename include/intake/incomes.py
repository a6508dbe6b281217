"""What each household's net income was before: what a county's new incomes are compared with.

The income that stood a while ago (income_rise_window in standards.csv), or where the household is younger the first one
that was accepted: so that many small steps are seen like a large one. What a person has released since counts instead.
"""

from __future__ import annotations

from datetime import date

import duckdb

from include.clocks import known_at
from include.home import Home
from include.intake import decided, release

#: Days that an income may be old; without a dated row, incomes are compared with the first one ever accepted.
_WINDOW = """(select coalesce(max(value), 0) from facts_standards
    where subject = 'income_rise_window' and jurisdiction = 'CN' and $night between valid_from and valid_to)"""


def load(connection: duckdb.DuckDBPyConnection, home: Home, night: date, files: list[str]) -> None:
    """Make base_incomes (county_id, household_id, net_income) for the batch's counties from accepted households.

    `files` are those of earlier nights. Needs the tables attempts and facts_standards.
    """
    connection.execute(
        "create or replace temp table base_incomes (county_id varchar, household_id varchar, net_income double)"
    )
    if not files:
        return
    decisions = decided.files(home, release.KIND, night)
    released = "select attempt_id from read_parquet($decisions) where answer = 'release'" if decisions else "select ''"
    connection.execute(
        f"""insert into base_incomes
        with before as (
            select county_id, household_id, net_income, struct_pack(as_of, known_at, number, "row") as place,
                attempt_id in ({released})
                    or known_at <= $known_at::timestamp - to_days(cast({_WINDOW} as integer)) as settled
            from read_parquet($files, union_by_name = true, hive_partitioning = false)
            where net_income > 0 and operation = 'upsert' and county_id in (select county_id from attempts)
        )
        select county_id, household_id, coalesce(
            arg_max(net_income, place) filter (settled), arg_min(net_income, place) filter (not settled))
        from before group by county_id, household_id""",
        {"files": files, "night": night, "known_at": known_at(night)} | ({"decisions": decisions} if decisions else {}),
    )
