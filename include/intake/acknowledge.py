"""acknowledge: answers "did you get my file?" every quarter of an hour, hours before the night reads it.

Looks at each package of the inbox once, without taking, changing or archiving it, and writes lake/receipts: number,
hash, whether it can be read and what of it will be read tonight. A package that is still being written gets none yet.
One that arrived so late that the night took it first gets a receipt of what was taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from include.duck import connect
from include.home import Home, batch_names
from include.intake import ledger, receipts
from include.intake.files_of import prepare
from include.intake.ledger import Attempt, judged_manifest
from include.intake.package import find_packages, open_package
from include.intake.receipts import Promised, Receipt, ReceiptFile
from include.intake.shown import shown
from include.intake.submitters import accounts
from include.intake.unfinished import is_still_written
from include.result import Result
from include.settings import Settings


def acknowledge(home: Home, settings: Settings, night: date, looked_at: datetime) -> tuple[Result, list[Receipt]]:
    """Write a receipt for each package that has none; returns every receipt whose copy belongs in an outbox by now.

    `night` is the day of `looked_at`, Asia/Shanghai: what lies in the inbox is read in that night, or in the next one
    where that night's batch is closed. While a night is being received nothing is written, and the next run follows
    up. A run again gives no package a second receipt. Raises OSError, duckdb.Error.
    """
    with receipts.inbox_lock(home, shared=False) as mine, connect(settings) as connection:
        if not mine:
            note = "a night is being received: receipts follow with the next run"
            return Result("acknowledge", night, notes=(note,)), []
        promised = Promised(connection, home)
        numbers = ledger.last_numbers(connection, home)
        for county, number in promised.highest.items():
            numbers[county] = max(number, numbers.get(county, 0))
        waiting: list[str] = []
        looked = _look(home, settings, night, looked_at, promised, numbers, waiting)
        fresh = [*looked, *_taken_unseen(connection, home, night)]
        nights = {one.night for one in fresh}
        for of in sorted(nights):
            receipts.write(connection, home, of, f"{looked_at:%Y%m%dT%H%M%S}", [r for r in fresh if r.night == of])
        nights |= {night, night + timedelta(days=1)}
        due = [one for of in sorted(nights) for one in receipts.of_night(connection, home, of)]
    unreadable = sum(one.refusal is not None for one in fresh)
    counts = {"receipts": len(fresh), "cannot be read": unreadable, "still being written": len(waiting)}
    return Result("acknowledge", night, counts=counts), due


def _look(
    home: Home,
    settings: Settings,
    night: date,
    looked_at: datetime,
    promised: Promised,
    numbers: dict[str, int],
    waiting: list[str],
) -> Iterator[Receipt]:
    """A receipt for each whole package of the inbox that has none; `waiting` gets the accounts of unfinished ones."""
    seen, quiet = promised.signatures(), timedelta(minutes=settings.upload_quiet_minutes)
    for batch in batch_names(settings.batches):
        due = night + timedelta(days=home.lake_file("attempts", night, batch).exists())
        for account in accounts(home, batch)[0]:
            for path in find_packages(account.folder):
                signature = signature_of(path)  # before it is opened: what changes after that is looked at again
                name = shown(path.name)
                if signature is None or (account.submitter, name, signature) in seen:
                    continue
                package = open_package(path)
                if is_still_written(package, looked_at, quiet):
                    waiting.append(account.submitter)
                elif not promised.knows(account.submitter, shown(package.name), package.sha256):
                    number = numbers[account.county_id] = numbers.get(account.county_id, 0) + 1
                    attempt_id = ledger.attempt_id_of(account.submitter, number)
                    attempt = Attempt(attempt_id, number, account, package, None, package.refusal)
                    yield _receipt(attempt, due, looked_at, signature)


def _receipt(attempt: Attempt, night: date, looked_at: datetime, signature: str) -> Receipt:
    """What the night will say of a package, as far as its manifest and the heads of its files tell."""
    admitted, manifest = judged_manifest(attempt, night)
    refusal, files = admitted.refusal, []
    if manifest and not refusal:
        prepared, _, refusal = prepare(manifest, attempt.package.files, attempt.account.kind)
        files = [ReceiptFile(one.dataset, one.file, one.declared_rows, one.refusal) for one in prepared]
    package = attempt.package
    return Receipt(
        attempt.attempt_id,
        attempt.account.submitter,
        attempt.account.county_id,
        attempt.number,
        night,
        looked_at,
        shown(package.name),
        package.sha256,
        package.size,
        signature,
        refusal,
        manifest.as_of if manifest else None,
        manifest.nothing_due if manifest else False,
        taken=False,
        files=tuple(files),
    )


def _taken_unseen(connection: duckdb.DuckDBPyConnection, home: Home, night: date) -> Iterator[Receipt]:
    """Receipts of what the newest night, of today or yesterday, took before anybody had looked at it."""
    nights = sorted(path.name.removeprefix("night=") for path in (home.lake / "attempts").glob("night=*"))
    if not nights or not 0 <= (night - (of := date.fromisoformat(nights[-1]))).days <= 1:
        return
    told = receipts.told(connection, home)
    rows = connection.execute(
        """select attempt_id, submitter, county_id, number, night, arrived_at, package, sha256, bytes, '', refusal,
            as_of, nothing_due, true
        from read_parquet(?, hive_partitioning = false) order by submitter, number""",
        [home.lake_glob("attempts", night=of)],
    ).fetchall()
    files: dict[str, list[ReceiptFile]] = {}
    if any(home.lake_file("files", of, "any").parent.glob("*.parquet")):
        read = connection.execute(
            """select attempt_id, dataset, file, declared_rows::integer, refusal
            from read_parquet(?, hive_partitioning = false) order by all""",
            [home.lake_glob("files", night=of)],
        ).fetchall()
        for attempt_id, *told_of in read:
            files.setdefault(attempt_id, []).append(ReceiptFile(*told_of))
    for row in rows:
        if row[0] not in told:
            yield receipts.from_row(row, files.get(row[0], ()))


def signature_of(path: Path) -> str | None:
    """Names, sizes and times of a package's files as a hash; None when it changes under our hands."""
    try:
        inside = [path, *sorted(path.rglob("*"))] if path.is_dir() and not path.is_symlink() else [path]
        seen = [(str(p.relative_to(path)), (stat := p.lstat()).st_size, stat.st_mtime_ns) for p in inside]
    except FileNotFoundError:
        return None
    return hashlib.sha256(repr(seen).encode("utf-8", errors="surrogateescape")).hexdigest()
