"""Receive: from the inbox to lake/read, with the bytes archived encrypted and no resident number behind it.

In this order, so that a death at any point loses nothing and a rerun writes the same bytes: read each package once,
archive it, decode its files, write lake/read, files, accounts and findings, write the ledger (now the batch is closed),
and only then delete the inbox copies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

import duckdb

from include.contract import contracts
from include.duck import connect
from include.files import write_parquet
from include.home import Home
from include.intake import cell_macros, deletions, landing, ledger, withdrawn
from include.intake.ahead import refuse_unheard_ahead
from include.intake.files_of import Prepared, prepare
from include.intake.findings import DoorFinding, add_findings, add_row_findings, create_tables
from include.intake.headers import Header
from include.intake.identity import chain, install_macros
from include.intake.ledger import Attempt, FileRecord, Received
from include.intake.package import find_packages, open_package
from include.intake.read import FileCount, SourceFile, read_dataset, read_table_name
from include.intake.receipts import Promised, inbox_lock
from include.intake.replay import replayed_attempt
from include.intake.shown import shown
from include.intake.submitters import Account, accounts, is_closed
from include.intake.unfinished import belongs_to_a_later_night, is_still_written
from include.key_state import claim_lake
from include.keys import ensure_keys, read_person_secrets, read_recipient
from include.result import Result
from include.settings import Settings


def receive(
    home: Home,
    settings: Settings,
    night: date,
    batch: str,
    arrived_at: datetime,
    looked_at: datetime | None = None,
    first_number: int = 1,
) -> Result:
    """Take in what lies in the inbox accounts of a batch, for one night.

    `arrived_at` is written into the ledger. `looked_at` (`arrived_at` when not given) is when the inbox is looked into:
    a package still being written then (include.intake.unfinished) is left to lie for the next night, and counted; so is
    one that came after the cut-off when a missed night is made up for.

    `first_number` is the attempt number of an office that this home has not heard of.

    A closed batch takes nothing new: what came since waits for the next night, and only deletions that a death left
    undone are finished. Faults of packages, files and rows are findings, not errors. Raises NightAhead when the night
    lies ahead of `looked_at`, KeysMissing, OtherBatches, KeysDiffer, OSError, and duckdb.Error when memory does not
    suffice (nothing is spilled to disk here).
    """
    looked = looked_at or arrived_at
    refuse_unheard_ahead(home, night, looked)
    ensure_keys(home, settings)
    claim_lake(home, settings)
    known, strangers = accounts(home, batch)
    notes = tuple(f"{len(strangers)} inbox folder(s) are no submitter's and were left alone" for _ in strangers[:1])
    with inbox_lock(home, shared=True), connect(settings, spill=False) as connection:
        if ledger.is_closed(home, night, batch):
            done = ledger.received(connection, home, night, batch)
            removed = landing.remove_received(home, night, known, done)
            counts = {"attempts": len(done), "removed from inbox": removed}
            return Result("receive", night, batch, counts, (*notes, "closed before: nothing new was taken"))
        waiting: Counter[str] = Counter()
        quiet = timedelta(minutes=settings.upload_quiet_minutes)
        packages = _open_all(connection, home, known, night, looked, quiet, waiting, first_number)
        (attempts, prepared, findings), said = withdrawn.apply(connection, home, _admit(home, night, packages))
        counts = _write(connection, home, settings, night, batch, attempts, prepared, findings)
        sent = {*waiting, *(attempt.account.submitter for attempt in attempts)}
        owing = [account for account in known if account.submitter in sent or not is_closed(account.submitter, night)]
        withdrawn.write(connection, home, night, batch, said)
        ledger.write_accounts(connection, home, night, batch, owing, waiting, looked)
        ledger.write_attempts(connection, home, night, batch, attempts, arrived_at)
        removed = landing.remove_received(home, night, known, [_received(attempt) for attempt in attempts])
    counts |= {"waiting": waiting.total(), "removed from inbox": removed}
    return Result("receive", night, batch, counts, notes)


def _open_all(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    known: list[Account],
    night: date,
    looked_at: datetime,
    quiet: timedelta,
    waiting: Counter[str],
    first_number: int,
) -> Iterator[Attempt]:
    """Every package of the batch, one after the other, numbered as its receipt says or on from the county's last one.

    One of a later night is left out; so is one that is still being written, which `waiting` counts for its submitter.
    """
    numbers, earlier = ledger.last_numbers(connection, home), ledger.contents(connection, home)
    promised = Promised(connection, home)
    for county, highest in promised.highest.items():
        numbers[county] = max(highest, numbers.get(county, 0))
    before = {content: attempt_id for attempt_id, content in reversed(earlier.items())}
    for account in known:
        in_order = partial(promised.order, account.submitter)
        for path in sorted(find_packages(account.folder), key=lambda path: in_order(shown(path.name))):
            package = open_package(path)
            if belongs_to_a_later_night(package, night, looked_at):
                continue  # at this night's cut-off it was not there
            if is_still_written(package, looked_at, quiet):
                waiting[account.submitter] += 1
                continue
            receipt = promised.take(account.submitter, shown(package.name), package.sha256)
            if not receipt:
                numbers[account.county_id] = numbers.get(account.county_id, first_number - 1) + 1
            number = receipt.number if receipt else numbers[account.county_id]
            attempt_id = ledger.attempt_id_of(account.submitter, number)
            content = (account.county_id, package.sha256)
            replay_of = replayed_attempt(package.name, content, earlier)
            same_as = None if replay_of else before.get(content)
            arrived = receipt.arrived_at if receipt else None
            yield Attempt(attempt_id, number, account, package, None, package.refusal, replay_of, same_as, arrived)
            before[content] = attempt_id


def _admit(
    home: Home, night: date, opened: Iterable[Attempt]
) -> tuple[list[Attempt], list[tuple[Attempt, Prepared]], list[DoorFinding]]:
    """Archive each package, then look at its manifest and its files; nothing of a refused attempt is read."""
    recipient = read_recipient(home)
    attempts: list[Attempt] = []
    files: list[tuple[Attempt, Prepared]] = []
    findings: list[DoorFinding] = []
    for attempt in opened:
        if attempt.package.taken:
            landing.archive(home, night, attempt.attempt_id, attempt.package.archive(), recipient)
        admitted, manifest = ledger.judged_manifest(attempt, night)
        prepared: list[Prepared] = []
        told = [_finding(admitted, admitted.refusal)] if admitted.refusal else []
        if manifest and not admitted.refusal:
            prepared, faults, refusal = prepare(manifest, admitted.package.files, admitted.account.kind)
            admitted = replace(admitted, refusal=refusal)
            told = [
                replace(_finding(admitted, f.rule), dataset=f.dataset, file=f.file, column=f.column, detail=f.detail)
                for f in faults
            ]
        if admitted.same_as:
            told.append(replace(_finding(admitted, "package-sent-before"), detail=f"attempt {admitted.same_as}"))
        admitted = replace(admitted, package=admitted.package.without_bytes())
        attempts.append(admitted)
        files += [(admitted, one) for one in prepared if not admitted.refusal]
        findings += told
    return attempts, files, findings


def _write(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    settings: Settings,
    night: date,
    batch: str,
    attempts: list[Attempt],
    prepared: list[tuple[Attempt, Prepared]],
    findings: list[DoorFinding],
) -> dict[str, int]:
    """Read the files dataset by dataset and write read, files and findings; returns the counts of the batch."""
    install_macros(connection)
    cell_macros.install(connection)
    create_tables(connection, {a.attempt_id: a.account.county_id for a in attempts})
    keys = chain(read_person_secrets(home, settings))
    anybody_deleted = deletions.load(connection, home, settings)
    records: list[FileRecord] = []
    for contract in contracts().values():
        mine = [(a, p) for a, p in prepared if p.dataset == contract.name and p.header and not p.refusal]
        sources = [_source(a, p, p.header) for a, p in mine if p.header]
        counts = read_dataset(connection, contract, sources, night, keys)
        if anybody_deleted:
            deletions.strike(connection, contract, read_table_name(contract.name))
        if sources:
            add_row_findings(connection, contract)
        table = read_table_name(contract.name)
        query = f'select * from {table} order by submitter, attempt_id, file, "row"'
        write_parquet(connection, query, home.lake_file("read", night, batch, contract.name))
        connection.execute(f"drop table {table}")
        for attempt, file in mine:
            records.append(_record(attempt, file, counts[attempt.attempt_id, file.file]))
    findings = findings + [_finding_of(record, record.refusal) for record in records if record.refusal]
    records += [_record(a, p, FileCount(refusal=p.refusal)) for a, p in prepared if p.refusal or not p.header]
    findings += [
        replace(
            _finding_of(record, "file-row-count-differs"),
            detail=f"declared {record.declared_rows}, received {record.received_rows}",
        )
        for record in records
        if not record.refusal and record.declared_rows != record.received_rows
    ]
    findings += [_finding(attempt, "package-without-rows") for attempt in _without_rows(attempts, records)]
    add_findings(connection, findings, night)
    ledger.write_files(connection, home, night, batch, records)
    query = 'select * from findings order by submitter, attempt_id, dataset, file, "row", rule, "column", finding_id'
    told = write_parquet(connection, query, home.lake_file("findings_receive", night, batch))
    return {
        "attempts": len(attempts),
        "refused": sum(1 for a in attempts if a.refusal),
        "files": len(records),
        "files refused": sum(1 for r in records if r.refusal),
        "rows": sum(r.received_rows for r in records),
        "layout rows": sum(r.layout_rows for r in records),
        "findings": told,
    }


def _without_rows(attempts: list[Attempt], records: list[FileRecord]) -> list[Attempt]:
    """Attempts of which every file could be read and none holds a row: nothing else would say why they are rejected."""
    told = {record.attempt.attempt_id for record in records if record.received_rows or record.refusal}
    brought = {record.attempt.attempt_id for record in records}
    return [attempt for attempt in attempts if attempt.attempt_id in brought - told]


def _source(attempt: Attempt, file: Prepared, header: Header) -> SourceFile:
    return SourceFile(
        attempt_id=attempt.attempt_id,
        submitter=attempt.account.submitter,
        file=file.file,
        text=file.text,
        header=header,
        head_lines=file.head_lines,
        header_line=file.header_line,
        untyped=file.format == "csv",
    )


def _record(attempt: Attempt, file: Prepared, count: FileCount) -> FileRecord:
    return FileRecord(
        attempt=attempt,
        dataset=file.dataset,
        file=file.file,
        size=file.size,
        sha256=file.sha256,
        format=file.format,
        encoding=file.encoding,
        header=file.header,
        declared_rows=file.declared_rows,
        layout_rows=count.layout,
        received_rows=count.received,
        skipped=count.skipped | _sheets(file),
        refusal=count.refusal,
    )


def _sheets(file: Prepared) -> dict[str, int]:
    """Sheets of a workbook that were not read."""
    kinds = {"hidden sheet": file.hidden_sheets, "other sheet": file.other_sheets}
    return {kind: number for kind, number in kinds.items() if number}


def _finding(attempt: Attempt, rule: str) -> DoorFinding:
    return DoorFinding(rule, attempt.account.submitter, attempt.account.county_id, attempt.attempt_id)


def _finding_of(record: FileRecord, rule: str) -> DoorFinding:
    return replace(_finding(record.attempt, rule), dataset=record.dataset, file=record.file)


def _received(attempt: Attempt) -> Received:
    package = attempt.package
    return Received(attempt.attempt_id, attempt.account.submitter, shown(package.name), package.sha256, package.taken)
