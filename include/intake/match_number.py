"""The number of a match: the same in the letters of both counties, and no way from it to the other county's household.

It is keyed. A plain hash of two household keys would tell a clerk who knows one of them the other: the keys of a nation
can be tried within the hour.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from include.keys import person_key

_DIGITS = 12


def install_macro(connection: duckdb.DuckDBPyConnection, person_secrets: Sequence[bytes]) -> None:
    """Create the temporary macro tm_match_number(one, other): 12 hex digits, of two household keys in order.

    Made with a secret of its own, drawn from the first of the chain: a rotation changes no number that was told.
    """
    secret = person_key(person_secrets[:1], "match number")
    connection.execute("set variable match_secret = $secret", {"secret": secret})
    keyed = "getvariable('match_secret') || '|'"
    connection.execute(
        "create or replace temp macro tm_match_number(one, other) as "
        f"left(sha256({keyed} || sha256({keyed} || one || '|' || other)), {_DIGITS})"
    )
