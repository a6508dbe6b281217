"""The register of deletions: persons whose rows are removed by a decision, and stay removed whoever sends them again.

One JSON line for each decision, and a second one when it has been carried out everywhere. The register holds the person
key, the decision, the office, the reason and the day, and the numbers that the person had in households; no name. It
outlives every other file: without it the next package would bring the person back.

A row of the lake belongs to a deleted person when it has the person's key; when it has no key at all and the member
number of the person; or when it has the member number and the decision was registered under secrets that are not in the
chain (keys that are not comparable).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import duckdb

from include.contract import Contract
from include.files import write_aside
from include.home import Home
from include.intake.long_numbers import HOLDS_RESIDENT, for_python
from include.intake.submitters import county_ids
from include.key_state import stamp_of
from include.keys import person_key as chained
from include.keys import read_person_secrets
from include.settings import Settings

RULE = "person-deleted"
"""Rule by which rows of a deleted person are rejected; `unreadable` of their emptied rows in lake/read."""

_KEY = re.compile(r"[0-9a-f]{64}")
_HOLDS_RESIDENT = for_python(HOLDS_RESIDENT)
_TABLES = {
    "deleted_keys": "person_key varchar",
    "deleted_members": "submitter varchar, household_id varchar, person_no bigint, comparable boolean",
}


class DeletionRefused(ValueError):
    """A decision that cannot be registered as it was given; the message says why and how to mend it."""


@dataclass(frozen=True, order=True)
class Member:
    """A person's number in one household of one county: the person's own for life, by the contract."""

    submitter: str
    household_id: str
    person_no: int


@dataclass(frozen=True)
class Deletion:
    """One decision to delete a person."""

    person_key: str
    """Keyed hash of the resident number, 64 hex digits."""
    secret: str
    """Check of the secrets that made the key (include.key_state.Stamp); a key of other secrets cannot be compared."""
    decision: str
    """Reference of the decision."""
    authority: str
    """Office that decided."""
    reason: str
    night: str
    """YYYY-MM-DD; the night whose marts are the first without the person."""
    members: tuple[Member, ...] = ()
    done: bool = False
    """True once it was carried out in lake, letters, warehouse and published files."""


def decide(
    home: Home, settings: Settings, person_key: str, decision: str, authority: str, reason: str, night: date
) -> Deletion:
    """A decision as it is to be registered; raises DeletionRefused when something is missing or is no key."""
    if not _KEY.fullmatch(person_key):
        raise DeletionRefused("the person key is not 64 hexadecimal digits: copy it from lake/accepted/persons")
    for name, text in (("decision", decision), ("authority", authority), ("reason", reason)):
        if not text.strip():
            raise DeletionRefused(f"--{name} is empty: nobody is deleted without a decision, its office and its reason")
        if _HOLDS_RESIDENT.search(text):
            raise DeletionRefused(f"--{name} holds a resident number: the register holds none; write it without")
    secret = stamp_of(read_person_secrets(home, settings)).check
    return Deletion(person_key, secret, decision.strip(), authority.strip(), reason.strip(), str(night))


def registered(home: Home) -> list[Deletion]:
    """All decisions, one for each person and decision, in the order in which they were registered."""
    found: dict[tuple[str, str], Deletion] = {}
    path = home.deletions
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        told: dict[str, Any] = json.loads(line)
        told["members"] = tuple(Member(**member) for member in told["members"])
        one = Deletion(**told)
        found[one.person_key, one.decision] = one
    return list(found.values())


def register(home: Home, deletion: Deletion) -> None:
    """Add a line; a later line of the same person and decision stands for the earlier. On disk when this returns."""
    path = home.deletions
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with write_aside(path) as aside:
        aside.touch(mode=0o600)
        line = json.dumps(asdict(deletion), ensure_ascii=False, sort_keys=True)
        aside.write_text(f"{before}{line}\n", encoding="utf-8")


def load(connection: duckdb.DuckDBPyConnection, home: Home, settings: Settings) -> bool:
    """Make the tables deleted_keys and deleted_members; returns whether anybody was deleted.

    A key that was registered before a rotation is carried on through the secrets that came after it. Raises KeysMissing
    or KeysUnsafe when somebody was deleted and the secrets cannot be read.
    """
    every = registered(home)
    for name, columns in _TABLES.items():
        connection.execute(f"create or replace temp table {name} ({columns})")
    if every:
        secrets = read_person_secrets(home, settings)
        versions = {stamp_of(secrets[:n]).check: n for n in range(1, len(secrets) + 1)}
        keys = {(chained(secrets[versions[d.secret] :], d.person_key),) for d in every if d.secret in versions}
        _insert(connection, "deleted_keys", keys)
        members = {
            (code, m.household_id, m.person_no, d.secret in versions)
            for d in every
            for m in d.members
            for code in _codes(m.submitter)
        }
        _insert(connection, "deleted_members", members)
    return bool(every)


def _codes(submitter: str) -> list[str]:
    """A submitter's code, and every other one that its county ever had: the households stay when the code changes."""
    ids = county_ids()
    return [code for code, county in ids.items() if county == ids.get(submitter)] or [submitter]


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    ordered = sorted(rows, key=str)
    if ordered:
        connection.executemany(f"insert into {table} values ({', '.join('?' * len(ordered[0]))})", ordered)


def has_hash(contract: Contract) -> bool:
    """True where a row is about one person: it came with a resident number."""
    return any(column.hashed for column in contract.columns)


def names_member(contract: Contract) -> bool:
    """True where a row is a household's and may name one of its members."""
    return contract.has("person_no") and not has_hash(contract)


def of_deleted(contract: Contract, alias: str) -> str:
    """SQL: the row is a deleted person's. Texts and typed values alike; needs `load` and include.intake.cell_macros."""
    mine = f"{alias}.person_key in (select person_key from deleted_keys)"
    if not contract.has("person_no"):
        return f"coalesce({mine}, false)"
    return f"""coalesce({mine}, false) or exists (select 1 from deleted_members d
        where {_same_member("d", alias)} and ({alias}.person_key is null or not d.comparable))"""


def of_deleted_member(alias: str) -> str:
    """SQL: the row names a deleted person as the member it is for."""
    return f"exists (select 1 from deleted_members d where {_same_member('d', alias)})"


def _same_member(member: str, alias: str) -> str:
    household = f"tf_bare(tf_text(cast({alias}.household_id as varchar)))"
    number = f"try_cast(tf_whole(tf_bare(tf_text(cast({alias}.person_no as varchar)))) as bigint)"
    return (
        f"{member}.submitter = {alias}.submitter and {member}.household_id = {household}"
        f" and {member}.person_no = {number}"
    )


def emptied(contract: Contract) -> dict[str, str]:
    """What the columns of lake/read hold in an emptied row: where it stood and why it is empty, and nothing else."""
    columns = {column.name: "null" for column in contract.lake_columns}
    columns |= dict.fromkeys(("person_key", "identity_check", "identity_birth_agrees", "identity_sex_agrees"), "null")
    return columns | {"unreadable": f"'{RULE}'", "masked_columns": "[]"}


def strike(connection: duckdb.DuckDBPyConnection, contract: Contract, table: str) -> None:
    """Empty the rows of deleted persons in a table of lake/read's columns, and the member that a household's row names.

    Needs `load` and include.intake.cell_macros.
    """
    if has_hash(contract):
        sets = ", ".join(f'"{name}" = {value}' for name, value in emptied(contract).items())
        connection.execute(f"update {table} set {sets} where {of_deleted(contract, table)}")
    elif names_member(contract):
        connection.execute(f"update {table} set person_no = null where {of_deleted_member(table)}")
