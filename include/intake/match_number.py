"""The number of a match: the same in the letters of both counties, and no way from it to the other county's household.

It is keyed. A plain hash of two household keys would tell a clerk who knows one of them the other: the keys of a nation
can be tried within the hour.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from include.intake import keyed

_DIGITS = 12


def install_macro(connection: duckdb.DuckDBPyConnection, person_secrets: Sequence[bytes]) -> None:
    """Create the temporary macro tm_match_number(one, other): 12 hex digits, of two household keys in order."""
    keyed.install_macro(connection, "tm_match", "match number", person_secrets)
    connection.execute(
        f"create or replace temp macro tm_match_number(one, other) as left(tm_match(one || '|' || other), {_DIGITS})"
    )
