"""The jobs of a night with what each read and wrote, worked out from what the night left in the state folder.

Nothing is noted while a step works: the ledger, the files of the lake, dbt's manifest and the verdicts of the gates say
it all, so that a night's lineage can be written again at any time and costs one process. Datasets are named by their
place below the state folder; none of the names, and nothing told beside them, is about a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from expectations.results import STAGES
from include.duck import connect
from include.home import Home
from include.settings import Settings
from include.warehouse import versions
from include.warehouse.dbt import manifest
from include.warehouse.open_tables import OPEN_TABLES

RECEIVED = ("attempts", "accounts", "withdrawals", "findings_receive", "files", "read")
"""Kinds of the lake that `receive` writes."""
INTAKE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "meet": (("attempts", "read", "accepted"), ("met",)),
    "check": (
        ("attempts", "read", "met", "findings_receive", "match_decisions", "accepted"),
        ("findings_check", "explained"),
    ),
    "judge": (
        ("attempts", "read", "met", "findings_receive", "findings_check", "release_decisions", "accepted", "held"),
        (
            "accepted", "held", "rejected", "verdicts", "conservation", "attempt_states", "attempt_differences",
            "released", "restated",
        ),
    ),
}  # fmt: skip
"""Of each step between receive and the gate: the kinds of the lake that it reads, and those that it writes."""
_GATED = {
    "submissions": ("lake/",),
    "warehouse": ("warehouse/intermediate.",),
    "marts": ("warehouse/household.", "warehouse/zone.", "warehouse/responsibility."),
    "disclosure": ("published/marts_open/",),
    "published": ("published/marts/",),
}
"""How the names of the tables begin that the gate of a stage judges."""
_PUBLISHED = {"disclosure": "marts_open", "published": "marts"}
"""The gates that judge a file which is about to be published."""
_MART_OF_OPEN = re.compile(r"\bm\.(\w+)\.(\w+)")


@dataclass(frozen=True)
class Dataset:
    """A table or a kind of file by its place below the state folder; `part` says which part of it was meant."""

    name: str
    part: tuple[tuple[str, str], ...] = ()
    version: str | None = None


@dataclass(frozen=True)
class Tested:
    """One check of a gate."""

    check_id: str
    blocking: bool
    passed: bool


@dataclass(frozen=True)
class Job:
    """One run of a job: `ended` (UTC) is when the last of what it wrote was there."""

    name: str
    kind: str
    ended: datetime
    inputs: tuple[Dataset, ...]
    outputs: tuple[Dataset, ...] = ()
    batch: str | None = None
    succeeded: bool = True
    tested: tuple[Tested, ...] = ()


def jobs(home: Home, settings: Settings, night: date) -> list[Job]:
    """The jobs of a night in their order, as far as the night came; raises duckdb.Error when a file cannot be read."""
    tables = manifest(home)
    nodes = [node for node in tables["nodes"].values() if node["resource_type"] in ("model", "seed")]
    gates = {path.stem: path for path in home.lake_file("gate_results", night, "any").parent.glob("*.parquet")}
    published = {
        kind: found[-1]
        for kind in versions.KINDS
        if (found := [version for version in versions.versions(home, kind) if version.night == night])
    }
    came = {"warehouse": "warehouse" in gates, "marts": "marts" in gates, "quality": "quality" in published}
    done = list(_intake(home, settings, night))
    for stage in (*STAGES, "quality"):
        if came.get(stage) and home.warehouse.exists():
            built = [node for node in nodes if _stage_of(node) == stage]
            done += _models(tables, built, _when(home.warehouse))
        if stage in gates:
            about = _PUBLISHED.get(stage)
            names = [made.name for job in done for made in job.outputs]
            names += [f"published/{about}/{name}" for name, _ in _tables_of(about, nodes)] if about else []
            judged = dict.fromkeys(name for name in names if name.startswith(_GATED[stage]))
            done.append(_gate(settings, night, gates[stage], tuple(map(Dataset, judged))))
    for kind, version in published.items():
        ended = _when(home.published / version.file_name)
        for name, read in _tables_of(kind, nodes):
            made = Dataset(f"published/{kind}/{name}", version=version.file_name)
            done.append(Job(f"publish.{kind}.{name}", "TASK", ended, read, (made,)))
    return done


def _intake(home: Home, settings: Settings, night: date) -> Iterator[Job]:
    batches = sorted(path.stem for path in home.lake_file("attempts", night, "any").parent.glob("*-of-*.parquet"))
    for batch in batches:
        outputs = _files(home, night, batch, RECEIVED)
        came = tuple(_packages(home, settings, night, batch))
        yield Job("receive", "TASK", _last(home, night, batch, RECEIVED), came, outputs, batch)
    for step, (reads, writes) in INTAKE.items():
        for batch in ("all",) if step == "meet" else batches:
            outputs = _files(home, night, batch, writes)
            if outputs:
                inputs = _read(home, night, None if step == "meet" else batch, reads, writes)
                at = _last(home, night, batch, writes)
                yield Job(step, "TASK", at, inputs, outputs, None if step == "meet" else batch)


def _packages(home: Home, settings: Settings, night: date, batch: str) -> Iterator[Dataset]:
    """The packages of a batch, by the encrypted file in which each is archived; its version is its content's hash."""
    with connect(settings) as connection:
        rows = connection.execute(
            "select attempt_id, sha256 from read_parquet(?, hive_partitioning = false) order by attempt_id",
            [str(home.lake_file("attempts", night, batch))],
        ).fetchall()
    for attempt_id, digest in rows:
        place = home.landing_file(night, attempt_id).relative_to(home.root).as_posix()
        yield Dataset(place, version=digest)


def _partitions(home: Home, night: date, batch: str | None, kinds: tuple[str, ...]) -> Iterator[Path]:
    """The files of a night and batch (None: of all batches) of some kinds of the lake."""
    for kind in kinds:
        found = (
            *home.lake.glob(f"{kind}/night={night}/*.parquet"),
            *home.lake.glob(f"{kind}/*/night={night}/*.parquet"),
        )
        yield from sorted(path for path in found if batch in (None, path.stem))


def _files(home: Home, night: date, batch: str, kinds: tuple[str, ...]) -> tuple[Dataset, ...]:
    part = (("night", f"{night}"), ("batch", batch))
    return tuple(Dataset(_name(home, path), part) for path in _partitions(home, night, batch, kinds))


def _read(
    home: Home, night: date, batch: str | None, kinds: tuple[str, ...], writes: tuple[str, ...]
) -> tuple[Dataset, ...]:
    """What a step reads: tonight's files that it does not write itself, and of earlier nights those that it keeps."""
    read: dict[Dataset, None] = {}
    for kind in kinds:
        if kind not in writes:
            for path in _partitions(home, night, batch, (kind,)):
                read[Dataset(_name(home, path), (("night", f"{night}"), ("batch", path.stem)))] = None
            for path in _partitions(home, night, "all", (kind,)):
                read[Dataset(_name(home, path), (("night", f"{night}"), ("batch", "all")))] = None
        if kind in ("accepted", "held", "release_decisions", "match_decisions"):
            earlier = sorted({
                _name(home, path) for path in home.lake.glob(f"{kind}/**/night=*/*.parquet")
                if path.parent.name < f"night={night}"
            })  # fmt: skip
            read |= dict.fromkeys(Dataset(name, (("night", f"before {night}"),)) for name in earlier)
    return tuple(read)


def _name(home: Home, path: Path) -> str:
    """A file of the lake by its kind and dataset: lake/read/households."""
    return path.parent.parent.relative_to(home.root).as_posix()


def _last(home: Home, night: date, batch: str, kinds: tuple[str, ...]) -> datetime:
    return max(_when(path) for path in _partitions(home, night, batch, kinds))


def _when(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _stage_of(node: dict[str, Any]) -> str:
    """The gate that judges a model's layer; the quality layer has none."""
    if not str(node["path"]).startswith("marts/"):
        return "warehouse"
    return "quality" if node["schema"] == "quality" else "marts"


def _models(tables: dict[str, Any], built: list[dict[str, Any]], ended: datetime) -> Iterator[Job]:
    for node in built:
        read = dict.fromkeys(_relation(tables, name) for name in node.get("depends_on", {}).get("nodes", ()))
        yield Job(f"dbt.{node['name']}", str(node["resource_type"]).upper(), ended, tuple(read), (_table(node),))


def _relation(tables: dict[str, Any], unique_id: str) -> Dataset:
    if unique_id in tables["nodes"]:
        return _table(tables["nodes"][unique_id])
    source = tables["sources"][unique_id]
    rows_of = f"{source['source_name']}/" if source["source_name"] in ("accepted", "held") else ""
    return Dataset(f"lake/{rows_of}{source['name']}")


def _table(node: dict[str, Any]) -> Dataset:
    return Dataset(f"warehouse/{node['schema']}.{node['alias']}")


def _gate(settings: Settings, night: date, verdicts: Path, judged: tuple[Dataset, ...]) -> Job:
    stage = verdicts.stem
    told = Dataset("lake/gate_results", (("night", f"{night}"), ("stage", stage)))
    with connect(settings) as connection:
        rows = connection.execute(
            "select check_id, suite = 'blocking', success from read_parquet(?, hive_partitioning = false)",
            [str(verdicts)],
        ).fetchall()
    tested = tuple(Tested(*row) for row in rows)
    succeeded = all(one.passed for one in tested if one.blocking)
    return Job(f"gate_{stage}", "TASK", _when(verdicts), judged, (told,), succeeded=succeeded, tested=tested)


def _tables_of(kind: str, nodes: list[dict[str, Any]]) -> Iterator[tuple[str, tuple[Dataset, ...]]]:
    """The tables of a published file, each with what it was copied or worked out from."""
    if kind == "marts_open":
        for table in OPEN_TABLES:
            read = dict.fromkeys(_MART_OF_OPEN.findall(table.query))
            yield table.full_name, tuple(Dataset(f"published/marts/{schema}.{name}") for schema, name in read)
        return
    yield "quality.publication", (Dataset("lake/attempts"),)
    for node in nodes:
        if _stage_of(node) == "quality" or (kind == "marts" and _stage_of(node) == "marts"):
            yield f"{node['schema']}.{node['alias']}", (_table(node),)
