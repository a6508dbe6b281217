"""What a demonstration ends with: the published tables and rows, one question answered, and what to open."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from include.duck import connect
from include.home import Home
from include.settings import Settings
from include.warehouse.content_hash import content_hash
from include.warehouse.versions import KINDS, link

QUESTION = """select county_code, count(*) as households, count(*) filter (where in_need) as in_need,
       count(*) filter (where held) as held, count(*) filter (where provisional) as provisional
from household.households group by county_code order by in_need desc limit 5"""
"""One question an analyst may ask of marts.duckdb; run and printed with its answer."""


def show(home: Home, night: date) -> None:
    """Print what was published, and where a person would look next. Paths are given from the current folder."""
    print(f"\nSYNTHETIC 模拟数据 · published for the night {night:%Y-%m-%d}")
    for kind in KINDS:
        path = link(home, kind)
        print(f"\n{_near(path)} -> {path.readlink()}")
        for schema, tables in _tables(path).items():
            told = ", ".join(f"{table} {rows:,}" for table, rows in tables)
            print(f"  {schema}: {told}")
    marts = link(home, "marts")
    print(f"\ncontent hash of the marts: {content_hash(marts)}")
    print(f"\nOne question, asked of {_near(marts)} (with DuckDB, read-only):\n")
    print(QUESTION + "\n")
    with connect(Settings(), marts, read_only=True, spill=False) as connection:
        print(connection.sql(QUESTION))
    print("What to open next:")
    for what, where in _doors(home, night):
        print(f"  {what:<28}{where}")


def _doors(home: Home, night: date) -> list[tuple[str, str]]:
    letters = sorted(home.outbox.glob(f"*/{night:%Y-%m-%d}/letter.html"))
    with_findings = [path for path in letters if path.with_name("findings.csv").exists()]
    doors = [
        ("the morning board", _near(home.board / "index.html")),
        ("the planted faults", _near(home.root / "country" / "answer_key.csv")),
        ("Airflow over this state", "make up"),
    ]
    if letters:
        told = f"{_near((with_findings or letters)[0])}   (one of {len(letters)})"
        doors.insert(1, ("a county's letter", told))
    return doors


def _tables(path: Path) -> dict[str, list[tuple[str, int]]]:
    """Tables and their rows by schema, as they lie in the file."""
    found: dict[str, list[tuple[str, int]]] = {}
    with connect(Settings(), path, read_only=True, spill=False) as connection:
        names = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where database_name = current_database() and not internal order by all"
        ).fetchall()
        for schema, table in names:
            counted = connection.execute(f'select count(*) from "{schema}"."{table}"').fetchone()
            found.setdefault(schema, []).append((table, int(counted[0]) if counted else 0))
    return found


def _near(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
