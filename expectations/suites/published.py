"""published: the file that is about to be published holds what the marts gate judged, read back from disk."""

from __future__ import annotations

from collections.abc import Mapping

from expectations.checks import Check, equal, none_of, one_of, rows_from
from expectations.measure import Measure, Scratch, attach_warehouse, quote
from expectations.results import AUDIT_CHECK
from include.warehouse.content_hash import AUDITED_SCHEMAS, combined, table_hashes
from include.warehouse.versions import candidate

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
            "The file says which night it is and what it was built from", "Run publish again for this night",
        ),
    ]  # fmt: skip


def advisory() -> list[Check]:
    """Nothing here is advice: content is equal or it is not."""
    return []


def prepare(scratch: Scratch) -> None:
    """Attach the warehouse and the candidate read-only."""
    attach_warehouse(scratch)
    path = quote(candidate(scratch.home, "marts").absolute())
    scratch.connection.execute(f"attach {path} as p (read_only)")


def _audit(scratch: Scratch) -> str:
    path = scratch.home.lake_file("gate_results", scratch.night, "marts")
    if not path.exists():
        return "select 'marts gate' as scope, 0 as failures, '' as content where false"
    return (
        "select 'marts gate' as scope, count(*) filter (where suite = 'blocking' and not success) as failures,"
        f" coalesce(max(observed) filter (where check_id = {quote(AUDIT_CHECK)} and success), 'nothing') as content"
        f" from read_parquet({quote(path)}, hive_partitioning = false) having count(*) > 0"
    )


def _content(scratch: Scratch) -> str:
    now = combined(table_hashes(scratch.connection, AUDITED_SCHEMAS, database="p"))
    return (
        "select 'marts' as scope, coalesce((select max(content) from audit), 'nothing') as audited,"
        f" {quote(now)} as published"
    )


def _tables(scratch: Scratch) -> str:
    sides = [table_hashes(scratch.connection, database=database) for database in ("w", "p")]
    names = sorted(set(sides[0]) | set(sides[1]))
    if not names:
        return "select '' as scope, '' as warehouse, '' as published where false"
    rows = ", ".join(f"({quote(n)}, {_hash(sides[0], n)}, {_hash(sides[1], n)})" for n in names)
    return f"select * from (values {rows}) as t(scope, warehouse, published)"


def _hash(hashes: Mapping[str, str], name: str) -> str:
    return quote(hashes.get(name, "no such table"))


def _publication(scratch: Scratch) -> str:
    return (
        "select 'quality.publication' as scope, case when count(*) = 1"
        f" and bool_and(night = date '{scratch.night:%Y-%m-%d}' and content_hash <> '' and built_from <> '')"
        " then 'of this night' else 'another night, or none' end as verdict from p.quality.publication"
    )


#: In this order: content reads what audit measured.
MEASURES: dict[str, Measure] = {
    "audit": _audit,
    "content": _content,
    "tables": _tables,
    "publication": _publication,
}
