"""One SQL question asked of a published file, read-only: what the `analyst` service of docker-compose.yml runs."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from include.duck import connect
from include.settings import Settings

ROWS = 200
"""Rows shown at most; the last line says how many there are."""


def main(arguments: list[str]) -> int:
    """Print the answer as a table; returns the exit code: 0 answered, 1 question or file at fault, 2 usage."""
    if len(arguments) != 2:  # noqa: PLR2004  the two of the usage
        print("usage: ask FILE.duckdb SQL", file=sys.stderr)
        return 2
    path, question = arguments
    try:
        with connect(Settings(), Path(path), read_only=True, spill=False) as connection:
            connection.sql(question).show(max_rows=ROWS)
    except duckdb.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
