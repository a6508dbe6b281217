"""Explained: an office says why what was found is true, and is not asked again until the value changes.

The word comes as a row of the dataset `explanations`, in the same package or in any later one. It silences one finding
of severity `explain` or `advice` of that very office, and what must be mended or sent again stays as it is. Remembered
is a mark of the values that the rule looked at, never the values; while a finding has the same mark it is explained.
The mark is keyed (include.intake.keyed): a plain hash of a birth date gives it away to who tries all days. A rotation
of the person keys changes no mark; one that was made without the key, or with another, fits nothing, and its finding
asks again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import duckdb

from include.contract import Contract
from include.duck import insert_rows, literals
from include.files import write_parquet
from include.home import Home
from include.intake import decided, keyed, withdrawn
from include.intake.known import Brought
from include.intake.match import MATCHED_WITH
from include.rules import Rule, catalogue

KIND = "explained"
DATASET = "explanations"
ANSWERED = ("explain", "advice")
"""Severities that a word of the office settles."""
NOTHING_THERE = "explanation-of-no-finding"

_EARLIER = "finding_id varchar, mark varchar, explained_by varchar, explained_night date"


def mark(connection: duckdb.DuckDBPyConnection, brought: Brought, person_secrets: Sequence[bytes]) -> None:
    """Add to `findings` the mark of the values that each rule that may be explained looked at in its row.

    A finding that stands in no row is marked by what it says: its counts. One of a match by whom it is with too.
    """
    run = connection.execute
    keyed.install_macro(connection, "tm_mark", "mark of what was explained", person_secrets)
    run("alter table findings add column mark varchar")
    run(
        f"""update findings set mark = tm_mark(concat_ws('|', finding_id, coalesce(detail, '')))
        where severity in {ANSWERED}"""
    )
    for item in brought.contracts():
        cases = " ".join(
            f"when f.rule = '{rule.id}' then {_texts(item, names)}"
            for rule in catalogue()
            if (names := columns_of(rule, item)) and rule.severity in ANSWERED
        )
        each = " ".join(
            f"""when f."column" = '{c.name}' then coalesce(t."{c.name}"::varchar, '')""" for c in item.lake_columns
        )
        run(
            f"""update findings set mark = m.mark from (
                select f.rowid as place,
                    tm_mark(concat_ws('|', f.finding_id, case {cases} {each} end, {MATCHED_WITH})) as mark
                from findings f join typed_{item.name} t
                    on t.attempt_id = f.attempt_id and t.file = f.file and t."row" = f."row"
                where f.severity in {ANSWERED} and f.dataset = '{item.name}'
            ) m where findings.rowid = m.place"""
        )


def columns_of(rule: Rule, item: Contract) -> list[str]:
    """The columns of a dataset that a rule with SQL looks at, in order of the contract; empty for other rules."""
    if not rule.sql or item.name not in rule.datasets:
        return []
    words = set(re.findall(r"\w+", f"{rule.sql} {rule.detail or ''}")) | set(rule.columns)
    return [column.name for column in item.lake_columns if column.name in words]


def _texts(item: Contract, names: list[str]) -> str:
    return "concat_ws(chr(31), " + ", ".join(f"""coalesce(t."{name}"::varchar, '')""" for name in names) + ")"


def take_up(connection: duckdb.DuckDBPyConnection, home: Home, night: date, tell: bool) -> None:
    """Make `explained`: each finding of the night, or that an explanation of the night names, that is explained.

    `attempt_id` is where the finding was seen last; none for an explanation that is taken back (closed) tonight.
    With `tell`, an explanation of something that was never found with
    its office is a finding itself, so that a mistyped number is not silently without effect. Needs mark.
    """
    _load_withdrawn(connection, home, night)
    _load_words(connection)
    _load_seen(connection, home, night)
    earlier = sorted(
        str(path)
        for path in home.lake.glob(f"{KIND}/night=*/*.parquet")
        if path.parent.name < f"night={night:%Y-%m-%d}"
    )
    connection.execute(f"create or replace temp table explained_before ({_EARLIER})")
    if earlier:
        connection.execute(
            f"""insert into explained_before
            select distinct finding_id, mark, explained_by, explained_night from read_parquet({literals(earlier)}) e
            anti join withdrawn_words w on w.attempt_id = e.explained_by
            where attempt_id is not null and not exists (
                select 1 from read_parquet({literals(earlier)}) b
                where b.finding_id = e.finding_id and b.attempt_id is null and b.night > e.explained_night)"""
        )
    connection.execute(
        f"""create or replace temp table explained as
        with newly as (
            select s.finding_id, s.attempt_id, s.mark, w.attempt_id as explained_by, w.night as explained_night
            from words w join seen s on s.finding_id = w.finding_id and s.county_id = w.county_id
            where s.severity in {ANSWERED}
        ), again as (
            select f.finding_id, f.attempt_id, f.mark, e.explained_by, e.explained_night
            from findings f join explained_before e using (finding_id, mark)
            anti join taken_back b using (finding_id, county_id)
        )
        select $night::date as night, * from (select * from newly union select * from again)
        qualify row_number() over (partition by finding_id, attempt_id order by explained_night, explained_by) = 1""",
        {"night": night},
    )
    connection.execute(
        """insert into explained
        select distinct night, finding_id, null, null, attempt_id, night from taken_back
        where finding_id in (select finding_id from explained_before)"""
    )
    if tell:
        _tell_of_nothing(connection)


def write(connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str) -> int:
    """Write lake/explained of the batch; returns how many findings are."""
    return write_parquet(
        connection,
        "select * from explained order by finding_id, attempt_id",
        home.lake_file(KIND, night, batch),
    )


def _load_withdrawn(connection: duckdb.DuckDBPyConnection, home: Home, night: date) -> None:
    """withdrawn_words: packages that their office took back up to the night; what they said counts no more."""
    files = decided.files(home, withdrawn.KIND, night)
    source = f"select attempt_id from read_parquet({literals(files)})" if files else "select '' where false"
    connection.execute(f"create or replace temp table withdrawn_words as select * from ({source}) t(attempt_id)")


def _load_words(connection: duckdb.DuckDBPyConnection) -> None:
    """words: the night's explanations, the last one of each finding; taken_back: those that were closed."""
    connection.execute(
        f"""create or replace temp table said_of as
        select county_id, finding_id, attempt_id, night, file, "row", submitter, _row_key, operation
        from typed_{DATASET} where _reject is null and len(_faults) = 0 and finding_id is not null
            and attempt_id not in (from withdrawn_words)
        qualify row_number() over (partition by county_id, finding_id order by number desc, "row" desc) = 1"""
    )
    connection.execute("create or replace temp view words as select * from said_of where operation = 'upsert'")
    connection.execute("create or replace temp view taken_back as select * from said_of where operation = 'close'")


def _load_seen(connection: duckdb.DuckDBPyConnection, home: Home, night: date) -> None:
    """seen: where each finding that tonight's words name was seen last, tonight or on an earlier night."""
    columns = "finding_id, county_id, attempt_id, severity, mark, night"
    rows = f"select {columns} from findings"
    earlier = sorted(
        str(path)
        for path in home.lake.glob("findings_check/night=*/*.parquet")
        if path.parent.name < f"night={night:%Y-%m-%d}"
    )
    asked = connection.execute("select count(*) from words").fetchone()
    if earlier and asked and asked[0]:
        rows += f""" union all by name select * from (
            select null::varchar as mark where false
            union all by name
            select * from read_parquet({literals(earlier)}, union_by_name = true)
        ) where finding_id in (select finding_id from words)"""
        rows = f"select {columns} from ({rows})"
    connection.execute(
        f"""create or replace temp table seen as
        select * from ({rows}) semi join words using (finding_id, county_id)
        qualify row_number() over (partition by finding_id order by night desc, attempt_id desc) = 1"""
    )


def _tell_of_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    rule = next(rule for rule in catalogue() if rule.id == NOTHING_THERE)
    rows = connection.execute(
        """select w.submitter, w.county_id, w.attempt_id, w.night, w.file, w."row", w._row_key
        from words w where not exists (select 1 from seen s where s.finding_id = w.finding_id) order by all"""
    ).fetchall()
    connection.execute("create or replace temp table unknown_words as select * from findings where false")
    insert_rows(
        connection,
        "unknown_words",
        [
            (
                "", rule.id, str(rule.version), rule.severity, rule.trial, submitter, county, attempt, night, DATASET,
                file, row, None, key, "finding_id", rule.value_class, None, None,
            )
            for submitter, county, attempt, night, file, row, key in rows
        ],
    )  # fmt: skip
    connection.execute(
        """insert into findings select * replace (
            sha256(concat_ws('|', rule, county_id, dataset, row_key, "column")) as finding_id) from unknown_words"""
    )
