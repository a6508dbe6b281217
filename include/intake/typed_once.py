"""Typed rows of a batch, kept in scratch from check to judge, so that a night types its rows once.

Typing is half of what judge takes. A kept file's name carries a hash of all that its rows follow from: the SQL, the
night's files, the code, the contract, the seeds. Where one of them is another than it was, or the file is gone
(scratch may go at any time, and goes when a person is deleted or keys are rotated), the rows are typed anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

import duckdb

from include.duck import literal
from include.files import write_parquet
from include.home import Home
from include.seeds import SEEDS

_CODE = (Path(__file__).parent, Path(__file__).parents[1] / "rules", Path(__file__).parents[1] / "contract")
_FACTS = tuple(SEEDS / f"{name}.csv" for name in ("places", "measures", "rulebook"))


def kept_file(home: Home, night: date, batch: str, dataset: str, query: str, files: list[str]) -> Path:
    """Where the rows of a query over `files` are kept; another path as soon as anything they follow from changes."""
    follows_from = f"{duckdb.__version__}\n{query}\n{_state([*map(Path, files), *_FACTS])}{_code()}"
    return _folder(home, night, batch) / f"{dataset}-{sha256(follows_from.encode()).hexdigest()[:32]}.parquet"


@cache
def _code() -> str:
    """State of the code's files, asked once: a process goes on with the code that it has loaded."""
    return _state(sorted(path for folder in _CODE for path in folder.rglob("*.*") if path.suffix in {".py", ".yaml"}))


def _state(paths: Iterable[Path]) -> str:
    found = [(path, path.stat()) for path in paths]
    return "".join(f"{path} {at.st_size} {at.st_mtime_ns}\n" for path, at in found)


def keep(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    """Keep the rows of a table as they lie."""
    write_parquet(connection, f"select * from {table}", path, compression="lz4")


def take(connection: duckdb.DuckDBPyConnection, table: str, path: Path, in_place: bool = False) -> bool:
    """Make the table of what was kept; False when nothing is. With `in_place` it is a view of the file."""
    if not path.exists():
        return False
    kind = "view" if in_place else "table"
    connection.execute(f"create or replace temp {kind} {table} as select * from read_parquet({literal(path)})")
    return True


def drop(home: Home, night: date, batch: str) -> None:
    """Remove what is kept of a batch."""
    shutil.rmtree(_folder(home, night, batch), ignore_errors=True)


def _folder(home: Home, night: date, batch: str) -> Path:
    return home.tmp / "typed" / f"night={night:%Y-%m-%d}" / batch
