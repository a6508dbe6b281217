"""Replay: an archived attempt is brought again, after a reader or a rule was mended.

The archived bytes are put back into the inbox account they came by; the next night receives them as a new attempt with
replay_of. What was received, read and judged before stays as it was.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pyrage
from pyrage import x25519

from include.duck import connect
from include.files import write_aside
from include.home import Home
from include.intake.landing import open_archived
from include.settings import Settings

_NAME = re.compile(r"replay-(?P<attempt_id>[a-z0-9-]+-[0-9]{5,})\.zip")


class NotReplayed(RuntimeError):
    """The attempt cannot be replayed; the message says why and what to do."""


def replay(home: Home, settings: Settings, attempt_id: str, identity_file: Path) -> Path:
    """Put an archived attempt back into its submitter's inbox account; returns the package's path there.

    Needs the landing's private identity, which no step of the night has. Raises NotReplayed.
    """
    with connect(settings) as connection:
        submitter, night = _attempt(connection, home, attempt_id)
    archived = next(iter(sorted(home.landing.glob(f"night={night}/{attempt_id}.zip.age"))), None)
    if archived is None:
        raise NotReplayed(f"{attempt_id} of {night} has no archive in {home.landing}: its package was never taken")
    try:
        identity = x25519.Identity.from_str(identity_file.read_text(encoding="ascii").strip())
        data = open_archived(archived, identity)
    except (OSError, ValueError, pyrage.IdentityError, pyrage.DecryptError) as error:
        raise NotReplayed(
            f"{identity_file} does not open {archived.name} ({type(error).__name__}): "
            "bring the identity that belongs to keys/landing.recipient of that night"
        ) from error
    target = home.inbox / submitter / f"replay-{attempt_id}.zip"
    if target.exists():
        raise NotReplayed(f"{target} is there already: run the next night")
    with write_aside(target) as aside:
        aside.write_bytes(data)
    return target


def replayed_attempt(package: str, content: tuple[str, str], earlier: dict[str, tuple[str, str]]) -> str | None:
    """The attempt that a package replays: by its name, and only with that attempt's content.

    `content` is county_id and sha256, `earlier` the same by attempt_id (include.intake.ledger.contents).
    """
    named = _NAME.fullmatch(package)
    attempt_id = named["attempt_id"] if named else None
    return attempt_id if attempt_id and earlier.get(attempt_id) == content else None


def _attempt(connection: duckdb.DuckDBPyConnection, home: Home, attempt_id: str) -> tuple[str, str]:
    if any((home.lake / "attempts").glob("night=*/*.parquet")):
        found = connection.execute(
            """select submitter, cast(night as varchar) from read_parquet(?, hive_partitioning = false)
            where attempt_id = ?""",
            [home.lake_glob("attempts"), attempt_id],
        ).fetchone()
        if found:
            return str(found[0]), str(found[1])
    raise NotReplayed(f"{attempt_id} is not in the ledger: take its id from quality.attempts or from the letter")
