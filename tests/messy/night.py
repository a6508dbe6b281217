"""One night in which files arrive, each from a county of its own, and what the lake holds of them in the end."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from include.contract import contract, contracts
from include.intake.check import check
from include.intake.judge import judge
from include.intake.meet import meet
from include.keys import read_person_secrets
from tests.messy.clean import Row, value_of
from tests.messy.mess import Sent
from tests.unit.intake_world import BATCH, NIGHT, World


@dataclass
class Outcome:
    """What became of one county's file."""

    state: str = ""
    reason: str | None = None
    counts: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Rows received, accepted, held, rejected."""
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Accepted and held rows by number, with their typed values."""
    rejected: dict[int, str] = field(default_factory=dict)
    """Rejected rows by number, with the rule."""
    told: Counter[tuple[str, int | None, str | None]] = field(default_factory=Counter)
    """Findings: rule, row, column."""
    file: dict[str, Any] = field(default_factory=dict)
    """The ledger's line of the file."""


@dataclass(frozen=True)
class Played:
    """The outcomes of a night by county, and the key that its person keys were made with."""

    outcomes: dict[str, Outcome]
    key: bytes


def play(root: Path, sent: list[Sent]) -> Played:
    """Send the files and run the night as far as judge."""
    world = World(root)
    for one in sent:
        told = {one.name: hashlib.sha256(one.declared).hexdigest()}
        world.send({one.name: one.data}, submitter=one.county, rows={one.name: len(one.truth)}, listed=told)
    return outcomes_of(world)


def outcomes_of(world: World) -> Played:
    """Run receive, meet, check and judge over what lies in the inbox."""
    world.receive()
    meet(world.home, world.settings, NIGHT)
    check(world.home, world.settings, NIGHT, BATCH)
    judge(world.home, world.settings, NIGHT, BATCH)
    outcomes: dict[str, Outcome] = defaultdict(Outcome)
    for county, state, reason, *counts in world.lake(
        "attempt_states", columns="submitter, state, reason, received, accepted, held, rejected"
    ):
        one = outcomes[county]
        one.state, one.reason, one.counts = state, reason, tuple(counts)
    for kind in ("findings_receive", "findings_check"):
        for county, *finding in world.lake(kind, columns='submitter, rule, "row", "column"'):
            outcomes[county].told[tuple(finding)] += 1
    for line in _dicts(world.home.lake_file("files", NIGHT, BATCH)):
        outcomes[line["submitter"]].file = line
    for dataset in contracts():
        for kind in ("accepted", "held"):
            for row in _dicts(world.home.lake_file(kind, NIGHT, BATCH, dataset)):
                outcomes[row["submitter"]].rows[row["row"]] = row
        for row in _dicts(world.home.lake_file("rejected", NIGHT, BATCH, dataset)):
            outcomes[row["submitter"]].rejected[row["row"]] = row["rule"]
    (key,) = read_person_secrets(world.home, world.settings)
    return Played(dict(outcomes), key)


def faults_of(sent: Sent, played: Played) -> list[str]:
    """Every way in which an outcome is not what must be; empty when all is well."""
    one = played.outcomes.get(sent.county)
    if one is None or not one.state:
        return ["no state"]
    received, *parts = one.counts
    faults = [f"received {received} is not {parts}"] if received != sum(parts) else []
    if received != len(one.rows) + len(one.rejected):
        faults.append(f"received {received}, found {len(one.rows)} and {len(one.rejected)} rejected")
    key = contract(sent.dataset).key
    by_key = {tuple(str(value_of(contract(sent.dataset).column(n), row[n])) for n in key): row
              for row in sent.truth.values() if all(n in row for n in key)}  # fmt: skip
    for number, row in sorted(one.rows.items()):
        true = by_key.get(tuple(str(row[name]) for name in key))
        if true is None:
            faults.append(f"row {number} has a key that nobody sent")
        else:
            faults += wrong_values(sent.dataset, number, row, true, one, sent.lost, played.key)
    if sent.harmless:
        if set(one.rows) != set(sent.truth) or one.rejected:
            faults.append(
                f"read rows {sorted(one.rows)}, rejected {one.rejected} of {sorted(sent.truth)}, {one.reason}"
            )
        told = {column for rule, row, column in one.told if row is not None and rule.startswith(("value-not", "code-"))}
        faults += [f"told of {column} without a fault" for column in sorted(told, key=str)]
    return faults


def wrong_values(
    dataset: str, number: int, row: dict[str, Any], true: Row, one: Outcome, lost: tuple[str, ...], key: bytes
) -> list[str]:
    """Values that differ from the truth, but for empty ones that were told."""
    item = contract(dataset)
    faults = []
    for column in item.lake_columns:
        if column.name == "operation":
            continue
        text = "" if column.name in lost else true.get(column.name, "")
        found, wanted = row[column.name], value_of(column, text)
        told = {c for _, r, c in one.told if r == number}
        if found != wanted and not (found is None and column.name in told):
            faults.append(f"row {number}, {column.name}: read {found!r}, true is {wanted!r}")
    numbers = [c.name for c in item.columns if c.hashed]
    for name in numbers:
        wanted = hmac.new(key, true[name].encode(), hashlib.sha256).hexdigest() if true.get(name) else None
        if row["person_key"] not in (wanted, None) or (
            wanted and row["identity_check"] == "ok" and not row["person_key"]
        ):
            faults.append(f"row {number}: the hash is of another number")
    return faults


def _dicts(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    found = duckdb.sql(f"select * from read_parquet('{path}')")
    names = found.columns
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
