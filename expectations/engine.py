"""How Great Expectations reads DuckDB: a small dialect without transactions, for reading only.

As shipped every expectation fails on DuckDB: Great Expectations reads its results after closing the connection, the
close rolls back, and DuckDB drops the pending result. Here begin, commit and rollback do nothing, and a file is never
opened for writing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from duckdb_engine import Dialect
from sqlalchemy.dialects import registry

NAME = "duckdb+gx"


class GxDuckDb(Dialect):
    """DuckDB's dialect without transactions: for validation reads alone."""

    supports_statement_cache = False

    def do_begin(self, dbapi_connection: Any) -> None:
        """Open no transaction."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """Nothing was written."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Keep the pending result."""


def register() -> None:
    """Make duckdb+gx:// known to SQLAlchemy; may be called again."""
    registry.register("duckdb.gx", __name__, GxDuckDb.__name__)


def connection_string(path: Path) -> str:
    """Address under which Great Expectations opens a DuckDB file, read-only."""
    return f"{NAME}:///{path.absolute()}?access_mode=read_only"


def quiet_great_expectations() -> Any:
    """Import Great Expectations (4 to 10 s) with its analytics off and its own log silent, and return the module."""
    import logging

    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    os.environ["DO_NOT_TRACK"] = "1"
    import great_expectations

    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)  # failures are rows, not log lines
    return great_expectations
