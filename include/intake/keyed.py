"""SQL macros that key a text with a secret of their own: who holds the lake alone can try no values until one fits.

Each secret is drawn from the first of the chain of the person keys, by the macro's purpose: no two macros share one,
and a rotation, which adds a secret at the end, changes nothing that was made with them.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from include.keys import person_key


def install_macro(
    connection: duckdb.DuckDBPyConnection, name: str, purpose: str, person_secrets: Sequence[bytes]
) -> None:
    """Create the temporary macro `name`(text): 64 hex digits. NULL stays NULL.

    The secret is mixed in twice, as in HMAC (RFC 2104), which DuckDB does not have.
    """
    connection.execute(f"set variable {name}_secret = $secret", {"secret": person_key(person_secrets[:1], purpose)})
    keyed = f"getvariable('{name}_secret') || '|'"
    connection.execute(
        f"create or replace temp macro {name}(keyed_text) as sha256({keyed} || sha256({keyed} || keyed_text))"
    )
