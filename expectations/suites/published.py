"""published: the file that is about to be published holds what the marts gate judged, read back from disk."""

from __future__ import annotations

from collections.abc import Mapping

from expectations.checks import Check, equal, none_of, one_of, rows_from
from expectations.measure import Measure, Scratch, attach_warehouse
from expectations.results import AUDIT_CHECK
from include.duck import literal
from include.warehouse.content_hash import AUDITED_SCHEMAS, MART_SCHEMAS, combined, table_hashes
from include.warehouse.versions import candidate, current, link

_TODO = (
    "Run the marts gate and publish again; if it stands, something wrote to the warehouse in between: rebuild the marts"
)


def blocking() -> list[Check]:
    """What stops the swap to tonight's files."""
    return [
        rows_from(
            "published-marts-gate-ran", "audit", 1, None,
            "The marts gate of this night judged the marts", "Run the marts gate of this night, then publish",
        ),
        none_of(
            "published-marts-gate-passed", "audit", "failures",
            "The marts gate of this night passed whole", "Mend what the marts gate says (docs/runbooks/gate-marts.md)",
        ),
        equal(
            "published-content-is-audited", "content", "audited", "published",
            "The file read back holds the content that the marts gate judged", _TODO,
        ),
        rows_from(
            "published-has-tables", "tables", 1, None,
            "The file read back has tables", "Look at the log of the publish step: the copy was cut short",
        ),
        equal(
            "published-tables-equal-warehouse", "tables", "warehouse", "published",
            "Each table read back equals its table in the warehouse", _TODO,
        ),
        one_of(
            "published-tells-its-night", "publication", "verdict", ["of this night"],
            "The file says which night it is, what it was built from and the hash of what it holds",
            "Run publish again for this night",
        ),
        none_of(
            "published-formulas-stand", "formulas", "changed",
            "No version of an indicator that was published says something else, is gone, or ended on an earlier day",
            "Put the row of evaluation_indicators.csv (or its bands) back, end it by valid_to, and add the change as"
            " a row with the next formula_version",
        ),
    ]  # fmt: skip


def advisory() -> list[Check]:
    """Nothing here is advice: content is equal or it is not."""
    return []


def prepare(scratch: Scratch) -> None:
    """Attach the warehouse and the candidate read-only; hash what is read back once."""
    attach_warehouse(scratch)
    path = literal(candidate(scratch.home, "marts").absolute())
    scratch.connection.execute(f"attach {path} as p (read_only)")
    hashes = table_hashes(scratch.connection, database="p")
    scratch.connection.execute("create temp table read_back (name varchar, hash varchar)")
    if hashes:
        marks = ", ".join("(?, ?)" for _ in hashes)
        values = [value for pair in hashes.items() for value in pair]
        scratch.connection.execute(f"insert into read_back values {marks}", values)


def _audit(scratch: Scratch) -> str:
    path = scratch.home.lake_file("gate_results", scratch.night, "marts")
    if not path.exists():
        return "select 'marts gate' as scope, 0 as failures, '' as content where false"
    return (
        "select 'marts gate' as scope, count(*) filter (where suite = 'blocking' and not success) as failures,"
        f" coalesce(max(observed) filter (where check_id = {literal(AUDIT_CHECK)} and success), 'nothing') as content"
        f" from read_parquet({literal(path)}, hive_partitioning = false) having count(*) > 0"
    )


def _content(scratch: Scratch) -> str:
    rows = scratch.connection.execute("select name, hash from read_back").fetchall()
    judged = {name: value for name, value in rows if name.split(".")[0] in AUDITED_SCHEMAS}
    return (
        "select 'marts' as scope, coalesce((select max(content) from audit), 'nothing') as audited,"
        f" {literal(combined(judged))} as published"
    )


def _tables(scratch: Scratch) -> str:
    """Tables in the warehouse and read back: quality always, the judged marts only to say which one differs."""
    connection = scratch.connection
    differs = connection.execute("select count(*) from content where audited <> published").fetchone()
    schemas = MART_SCHEMAS if differs and differs[0] else tuple(s for s in MART_SCHEMAS if s not in AUDITED_SCHEMAS)
    source = table_hashes(connection, schemas, database="w")
    rows = connection.execute("select name, hash from read_back").fetchall()
    copied = {name: value for name, value in rows if name.split(".")[0] in schemas}
    names = sorted(set(source) | set(copied))
    if not names:
        return "select '' as scope, '' as warehouse, '' as published where false"
    listed = ", ".join(f"({literal(n)}, {_hash(source, n)}, {_hash(copied, n)})" for n in names)
    return f"select * from (values {listed}) as t(scope, warehouse, published)"


def _hash(hashes: Mapping[str, str], name: str) -> str:
    return literal(hashes.get(name, "no such table"))


def _publication(scratch: Scratch) -> str:
    content = combined(dict(scratch.connection.execute("select name, hash from read_back").fetchall()))
    return (
        "select 'quality.publication' as scope, case when count(*) = 1"
        f" and bool_and(night = date '{scratch.night:%Y-%m-%d}'"
        f" and content_hash = {literal(content)} and built_from <> '')"
        " then 'of this night' else 'another night, or none' end as verdict from p.quality.publication"
    )


def _formulas(scratch: Scratch) -> str:
    """Versions of indicators in the file that readers have now, and whether the candidate tells them otherwise.

    A day on which a version ends may be moved, but not to or from a day that was published before.
    """
    old = current(scratch.home, "marts")
    connection = scratch.connection
    if old is not None:
        connection.execute(f"attach {literal(link(scratch.home, 'marts').absolute())} as before_now (read_only)")
    known = connection.execute(
        "select 1 from duckdb_columns() where database_name = 'before_now' and table_name = 'indicators'"
        " and column_name = 'formula_hash'"
    ).fetchall()
    if old is None or not known:
        return "select '' as scope, 0 as changed where false"
    night = f"date '{old.night:%Y-%m-%d}'"
    return (
        "select b.indicator_id || ' ' || b.formula_version as scope, (n.formula_hash is distinct from b.formula_hash"
        f" or (n.valid_to is distinct from b.valid_to and least(n.valid_to, b.valid_to) < {night}))::int as changed"
        " from before_now.responsibility.indicators as b left join p.responsibility.indicators as n"
        " on b.indicator_id = n.indicator_id and b.formula_version = n.formula_version"
    )


#: In this order: content reads what audit measured, tables what content measured.
MEASURES: dict[str, Measure] = {
    "audit": _audit,
    "content": _content,
    "tables": _tables,
    "publication": _publication,
    "formulas": _formulas,
}
