"""Deletes registered persons from everything that a home holds in plain: lake, letters, scratch, warehouse.

A row of lake/read is emptied and keeps its place; the same row leaves accepted or held and becomes a place in rejected,
by the rule person-deleted. So each attempt still has received = accepted + held + rejected, and judging a past night
again gives the same. The landing is encrypted and not touched.

In an order by which a death anywhere is mended by running it again: what is derived from a person's rows goes before
the rows, letters before findings, and lake/read, by which the rows are known afterwards, last.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from include.contract import Contract, contracts
from include.duck import connect, literal
from include.files import write_parquet
from include.home import Home
from include.intake import cell_macros, deletions, explained, released
from include.intake.check import ORDER as FINDINGS_ORDER
from include.intake.deletions import RULE, Deletion, DeletionRefused, Member
from include.intake.judge import PLACE
from include.kill_points import reach
from include.result import Result
from include.settings import Settings
from include.warehouse import versions

_FINDINGS = {
    "findings_receive": 'submitter, attempt_id, dataset, file, "row", rule, "column", finding_id',
    "findings_check": FINDINGS_ORDER,
}
_ROWS = ("read", "accepted", "held")


def register(home: Home, settings: Settings, decided: Deletion) -> Deletion:
    """Put a decision into the register, with the numbers by which households know the person; returns the line.

    Asked again it adds numbers that the lake holds now. Raises DeletionRefused when the night is not the newest one.
    """
    require_newest(home, date.fromisoformat(decided.night))
    known = {(one.person_key, one.decision): one for one in deletions.registered(home)}
    before = known.get((decided.person_key, decided.decision))
    members = set(before.members) if before else set()
    with connect(settings) as connection:
        members |= set(_members(connection, home, decided.person_key))
    line = replace(before or decided, members=tuple(sorted(members)), done=False)
    if line != before:
        deletions.register(home, line)
    return line


def require_newest(home: Home, night: date) -> None:
    """Raise DeletionRefused when a night is not the newest one received: only that one can be published anew."""
    newest = max((path.parent.name for path in home.lake.glob("attempts/night=*/*.parquet")), default=None)
    if newest != f"night={night:%Y-%m-%d}":
        told = newest.removeprefix("night=") if newest else "none yet"
        raise DeletionRefused(f"--night {night:%Y-%m-%d} is not the newest night received ({told}): give that one")


def erase(home: Home, settings: Settings, night: date) -> Result:
    """Remove every registered person from lake, letters, scratch and warehouse; marts are to be built again after it.

    Runs again to the same end after a death at any point, and finds nothing to do when all is done.
    """
    counts = dict.fromkeys(("rows", "findings", "letters"), 0)
    with connect(settings) as connection:
        cell_macros.install(connection)
        if deletions.load(connection, home, settings):
            _find_rows(connection, home)
            counts["letters"] = _remove_letters(connection, home)
            _forget_meetings(connection, home)
            _forget_explained(connection, home)
            for partition in _partitions(connection):
                _rewrite(connection, home, *partition, counts)
    # The warehouse whole: the database keeps the bytes of dropped rows until it needs their room.
    for folder in (home.gx, home.tmp, home.warehouse.parent):
        _remove(folder)
    return Result("erase", night, counts=counts)


def finish(home: Home, night: date) -> Result:
    """Remove the published versions before the one that readers get, and note the registered decisions as done."""
    removed = 0
    for kind in versions.EVERY_KIND:
        served = versions.current(home, kind)
        for version in versions.versions(home, kind):
            if served and version != served:
                _remove(home.published / version.file_name)
                removed += 1
    open_ = [one for one in deletions.registered(home) if not one.done]
    for one in open_:
        deletions.register(home, replace(one, done=True))
    return Result("finish", night, counts={"published versions removed": removed, "decisions done": len(open_)})


def _remove(path: Path) -> None:
    if not path.exists():
        return
    reach("deletion", "before")
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    reach("deletion", "after")


def _members(connection: duckdb.DuckDBPyConnection, home: Home, person_key: str) -> Iterator[Member]:
    """The numbers under which typed rows of the lake hold a person."""
    for kind in ("accepted", "held"):
        for item in contracts().values():
            files = _files(home, kind, item.name)
            if not files or not deletions.has_hash(item) or not item.has("person_no"):
                continue
            rows = connection.execute(
                """select distinct submitter, household_id, person_no from read_parquet(?, union_by_name = true)
                where person_key = ? and household_id is not null and person_no is not null""",
                [files, person_key],
            ).fetchall()
            yield from (Member(*row) for row in rows)


def _files(home: Home, kind: str, dataset: str | None = None) -> list[str]:
    return sorted(str(path) for path in Path(home.lake_glob(kind, dataset)).parent.parent.glob("night=*/*.parquet"))


def _find_rows(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """struck: where rows of deleted persons are or were; named: rows that name one as a member; told: findings."""
    for table in ("struck", "named"):
        connection.execute(
            f"""create or replace temp table {table} (dataset varchar, night varchar, batch varchar, submitter varchar,
                attempt_id varchar, file varchar, "row" bigint)"""
        )
    for item in contracts().values():
        person = deletions.has_hash(item)
        if not person and not deletions.names_member(item):
            continue
        for kind in _ROWS:
            files = _files(home, kind, item.name)
            if not files:
                continue
            which = deletions.of_deleted(item, "r") if person else deletions.of_deleted_member("r")
            if person and kind == "read":
                which = f"({which}) or r.unreadable = '{RULE}'"
            connection.execute(
                f"""insert into {"struck" if person else "named"}
                select distinct '{item.name}', parse_path(filename)[-2], parse_filename(filename, true), submitter,
                    attempt_id, file, "row"
                from read_parquet(?, union_by_name = true, hive_partitioning = false, filename = true) r
                where {which}""",
                [files],
            )
    connection.execute(
        'create or replace temp table struck as select distinct * from struck order by dataset, attempt_id, file, "row"'
    )
    connection.execute(
        """create or replace temp table told (finding_id varchar, submitter varchar, of_night date, night varchar,
            batch varchar)"""
    )
    if findings := [path for kind in _FINDINGS for path in _files(home, kind)]:
        connection.execute(
            f"""insert into told
            select distinct finding_id, submitter, night, parse_path(filename)[-2], parse_filename(filename, true)
            from read_parquet(?, union_by_name = true, hive_partitioning = false, filename = true) f
            where {_is_told("f")}""",
            [findings],
        )


def _is_told(alias: str) -> str:
    """SQL: the finding is about a row of a deleted person, by its place or its key.

    That a row was refused because of the deletion stays told: it names a file and a row, and no person.
    """
    persons = ", ".join(f"'{c.name}'" for c in contracts().values() if deletions.has_hash(c) and c.has("person_no"))
    return f"""{alias}.rule <> '{RULE}' and (exists (select 1 from struck s where s.dataset = {alias}.dataset
            and s.attempt_id = {alias}.attempt_id and s.file = {alias}.file and s."row" = {alias}."row")
        or {alias}."row" is null and {alias}.dataset in ({persons}) and exists (select 1 from deleted_members d
            where d.submitter = {alias}.submitter and {alias}.row_key = d.household_id || '|' || d.person_no))"""


def _forget_meetings(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """lake/met/persons and lake/met/near tell in which household a row's person is met too, or may be."""
    for path in (Path(file) for name in ("persons", "near") for file in _files(home, "met", name)):
        _filter(connection, path, f"not {_is_struck('persons')}", 'attempt_id, file, "row"')


def _forget_explained(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """lake/explained remembers a mark of what each finding looked at, of whatever night."""
    for path in (Path(file) for file in _files(home, explained.KIND)):
        _filter(connection, path, "x.finding_id not in (select finding_id from told)", "finding_id, attempt_id")


def _remove_letters(connection: duckdb.DuckDBPyConnection, home: Home) -> int:
    """Remove letters that tell of such a finding, of whatever night; the newest night's are written again."""
    ids = {str(finding) for (finding,) in connection.execute("select distinct finding_id from told").fetchall()}
    nights = set(connection.execute("select distinct submitter, of_night from told").fetchall())
    removed = 0
    for (submitter,) in connection.execute("select distinct submitter from told order by all").fetchall():
        for letter in sorted((home.outbox / str(submitter)).glob("*-*-*")):
            listed = letter / "findings.csv"
            named = listed.exists() and any(one in listed.read_text(encoding="utf-8") for one in ids)
            if named or (submitter, date.fromisoformat(letter.name)) in nights:
                _remove(letter)
                removed += 1
    return removed


def _partitions(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Night (its folder) and batch that hold something to remove."""
    parts = " union ".join(f"select night, batch from {table}" for table in ("struck", "named", "told"))
    return connection.execute(f"{parts} order by all").fetchall()


def _rewrite(connection: duckdb.DuckDBPyConnection, home: Home, night: str, batch: str, counts: dict[str, int]) -> None:
    """Remove what is struck from the files of one night and batch; what is written again says the same of the rest."""
    when = date.fromisoformat(night.removeprefix("night="))
    connection.execute(
        "create or replace temp table here as select * from struck where night = ? and batch = ?", [night, batch]
    )
    datasets = connection.execute("select distinct dataset from here order by all").fetchall()
    for (dataset,) in datasets:
        _add_rejected(connection, home, when, batch, dataset)
    if datasets:
        _restate(connection, home, when, batch)
        _restate_released(connection, home, when, batch)
    for kind, order in _FINDINGS.items():
        path = home.lake_file(kind, when, batch)
        counts["findings"] += _filter(connection, path, f"not coalesce({_is_told('x')}, false)", order)
    for item in contracts().values():
        if deletions.has_hash(item):
            for kind in ("held", "accepted"):
                counts["rows"] += _filter(
                    connection, home.lake_file(kind, when, batch, item.name), f"not {_is_here(item.name)}", PLACE
                )
            _empty(connection, home.lake_file("read", when, batch, item.name), item, _is_here(item.name))
        elif deletions.names_member(item):
            for kind in ("held", "accepted", "read"):
                _unname(connection, home.lake_file(kind, when, batch, item.name))


def _is_here(dataset: str) -> str:
    return _is_struck(dataset, "here")


def _is_struck(dataset: str, places: str = "struck") -> str:
    return f"""exists (select 1 from {places} s where s.dataset = '{dataset}' and s.attempt_id = x.attempt_id
        and s.file = x.file and s."row" = x."row")"""


def _add_rejected(connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str, dataset: str) -> None:
    """lake/rejected gets the places of the rows; nothing where retention has removed what it stood beside."""
    path = home.lake_file("rejected", night, batch, dataset)
    if not path.exists():
        return
    connection.execute(
        "create or replace temp table attempts_here as select attempt_id, county_id, night from read_parquet(?)",
        [str(home.lake_file("attempts", night, batch))],
    )
    query = f"""select * from {_source(path)} x where not {_is_here(dataset)} union all
        select submitter, county_id, attempt_id, a.night, file, "row", '{RULE}' as rule
        from here join attempts_here a using (attempt_id) where dataset = '{dataset}'"""
    write_parquet(connection, f"select * from ({query}) order by {PLACE}", path)


def _restate(connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str) -> None:
    """Counts of the attempts with struck rows: accepted and held are counted, the rest of what came is rejected."""
    counted = [
        "select null::varchar as attempt_id, null::varchar as dataset, null::varchar as kind, 0 as n where false"
    ]
    for item in contracts().values():
        for kind in ("accepted", "held"):
            path = home.lake_file(kind, night, batch, item.name)
            if path.exists():
                counted.append(
                    f"""select attempt_id, '{item.name}', '{kind}', count(*) from {_source(path)} x
                    where not {_is_here(item.name)} group by attempt_id"""
                )
    connection.execute(
        f"""create or replace temp table counted as
        select attempt_id, dataset, coalesce(sum(n) filter (where kind = 'accepted'), 0)::bigint as accepted,
            coalesce(sum(n) filter (where kind = 'held'), 0)::bigint as held
        from ({" union all ".join(counted)}) group by all"""
    )
    path = home.lake_file("conservation", night, batch)
    write_parquet(
        connection,
        f"""select x.* replace (
            if(h.attempt_id is null, x.accepted, coalesce(c.accepted, 0)) as accepted,
            if(h.attempt_id is null, x.held, coalesce(c.held, 0)) as held,
            if(h.attempt_id is null, x.rejected,
                x.received - coalesce(c.accepted, 0) - coalesce(c.held, 0)) as rejected)
        from {_source(path)} x
        left join counted c using (attempt_id, dataset)
        left join (select distinct attempt_id, dataset from here) h using (attempt_id, dataset)
        order by attempt_id, dataset""",
        path,
    )
    states = home.lake_file("attempt_states", night, batch)
    write_parquet(
        connection,
        f"""select x.* replace (coalesce(s.accepted, x.accepted) as accepted, coalesce(s.held, x.held) as held,
            coalesce(s.rejected, x.rejected) as rejected)
        from {_source(states)} x left join (
            select attempt_id, sum(accepted)::bigint as accepted, sum(held)::bigint as held,
                sum(rejected)::bigint as rejected
            from {_source(path)} group by attempt_id) s using (attempt_id)
        order by attempt_id""",
        states,
    )


def _restate_released(connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str) -> None:
    """What a release brought in is counted without the struck rows; needs `counted`."""
    path = home.lake_file(released.KIND, night, batch)
    if path.exists():
        query = f"""select x.* replace (coalesce(c.accepted, 0) as rows)
            from {_source(path)} x left join counted c using (attempt_id, dataset) order by attempt_id, dataset"""
        write_parquet(connection, query, path)


def _filter(connection: duckdb.DuckDBPyConnection, path: Path, keep: str, order: str) -> int:
    """Write a file again without the rows that are not to be kept, if it has any; returns how many went."""
    gone = _count(connection, path, f"not ({keep})")
    if gone:
        write_parquet(connection, f"select * from {_source(path)} x where {keep} order by {order}", path)
    return gone


def _empty(connection: duckdb.DuckDBPyConnection, path: Path, item: Contract, which: str) -> None:
    if not _count(connection, path, f"{which} and unreadable is distinct from '{RULE}'"):
        return
    there = {name for name, *_ in connection.execute(f"describe select * from {_source(path)}").fetchall()}
    sets = ", ".join(
        f'if({which}, {value}, x."{name}") as "{name}"'
        for name, value in deletions.emptied(item).items()
        if name in there
    )
    query = f'select x.* replace ({sets}) from {_source(path)} x order by submitter, attempt_id, file, "row"'
    write_parquet(connection, query, path)


def _unname(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    which = deletions.of_deleted_member("x")
    if _count(connection, path, which):
        order = f"submitter, {PLACE}"
        query = (
            f"select x.* replace (if({which}, null, person_no) as person_no) from {_source(path)} x order by {order}"
        )
        write_parquet(connection, query, path)


def _count(connection: duckdb.DuckDBPyConnection, path: Path, which: str) -> int:
    if not path.exists():
        return 0
    found = connection.execute(f"select count(*) from {_source(path)} x where {which}").fetchone()
    return int(found[0]) if found else 0


def _source(path: Path) -> str:
    return f"read_parquet({literal(path)}, hive_partitioning = false)"
