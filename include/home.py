"""The state folder: one method for each thing that lies in it, so that a path is stated once."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

LAKE_STEPS: tuple[tuple[str, ...], ...] = (
    ("receipts",),
    ("accounts", "withdrawals", "findings_receive", "files", "read"),
    ("attempts",),
    ("release_decisions", "match_decisions"),
    ("met",),
    ("findings_check", "explained"),
    ("attempt_differences", "attempt_states", "conservation", "verdicts", "rejected", "held", "accepted"),
    ("restated",),
    ("released",),
    ("gate_results",),
    ("alert_history",),
    ("removals",),
)
"""Kinds of the lake in the order in which a night writes them; those of one step stand together, the ledger alone."""
LAKE_KINDS = tuple(kind for step in LAKE_STEPS for kind in step)
"""Every kind of the lake: the folder's name."""


@dataclass(frozen=True)
class Home:
    """Paths under TARGETED_HOME. Makes no folder and reads no file."""

    root: Path

    @property
    def inbox(self) -> Path:
        """inbox/<submitter>/<package folder or .zip>; the submitter's folder is its account and stays."""
        return self.root / "inbox"

    @property
    def inbox_lock(self) -> Path:
        """Locked while attempt numbers are given."""
        return self.root / ".inbox.lock"

    @property
    def fetch_lock(self) -> Path:
        """Locked while packages are fetched from the remote inbox."""
        return self.root / ".fetch.lock"

    @property
    def hand_out_lock(self) -> Path:
        """Locked while pages are handed out to the remote outboxes."""
        return self.root / ".hand_out.lock"

    @property
    def landing(self) -> Path:
        """The bytes of each attempt, encrypted to a key that the nightly job cannot read with."""
        return self.root / "landing"

    @property
    def lake(self) -> Path:
        """Parquet between the stages."""
        return self.root / "lake"

    @property
    def person_key_stamp(self) -> Path:
        """Which version of the person key made the lake's person keys; it lies with the rows that it speaks of."""
        return self.lake / "person_key.json"

    @property
    def rekeying(self) -> Path:
        """Where a rotation writes aside; there as long as one is not over. Hidden: nobody reads it as lake."""
        return self.lake / ".rekeying"

    @property
    def warehouse(self) -> Path:
        """The one DuckDB file that dbt writes."""
        return self.root / "warehouse" / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """Published files and the symlinks that point to the newest of each."""
        return self.root / "published"

    @property
    def outbox(self) -> Path:
        """outbox/<submitter>/<night>/: letters."""
        return self.root / "outbox"

    @property
    def board(self) -> Path:
        """The morning board's pages."""
        return self.root / "board"

    @property
    def alerts(self) -> Path:
        """The memory of the alerts: which stand, since when, and which night was told."""
        return self.root / "watch" / "alerts.json"

    @property
    def metrics(self) -> Path:
        """The figures of the newest night, as Prometheus reads them."""
        return self.root / "watch" / "night.prom"

    @property
    def gate_seconds(self) -> Path:
        """How long each gate took when it ran last, one file each."""
        return self.root / "watch" / "gate_seconds"

    @property
    def last_backup(self) -> Path:
        """The record of the last backup; it speaks of this state's disk and is itself no part of a backup."""
        return self.root / "last_backup.json"

    @property
    def airflow(self) -> Path:
        """What a local Airflow keeps: its settings, secrets and logs."""
        return self.root / "airflow"

    @property
    def whatif(self) -> Path:
        """Counts of rulebooks that were tried; no household key, and never published."""
        return self.root / "whatif"

    @property
    def keys(self) -> Path:
        """Keys the nightly job may read: person_hmac.key, landing.recipient."""
        return self.root / "keys"

    @property
    def escrow(self) -> Path:
        """Demo only: the landing's private identity, which belongs on another machine."""
        return self.root / "escrow"

    @property
    def deletions(self) -> Path:
        """The register of persons deleted by a decision; kept as long as the registry."""
        return self.root / "deletions" / "register.jsonl"

    @property
    def retention_plan(self) -> Path:
        """What retention is about to remove; there only while it runs or after it died."""
        return self.root / "retention" / "plan.json"

    @property
    def gx(self) -> Path:
        """Scratch files of the gates."""
        return self.root / "gx"

    @property
    def tmp(self) -> Path:
        """Scratch; never holds a plain resident number."""
        return self.root / "tmp"

    @property
    def spill(self) -> Path:
        """Where DuckDB spills what does not fit into memory: a folder for each connection, and `dbt`, dbt's own."""
        return self.tmp / "duckdb"

    @property
    def lineage(self) -> Path:
        """What each job of a night read and wrote, as OpenLineage events."""
        return self.root / "lineage"

    def lineage_file(self, night: date) -> Path:
        """The events of one night, one a line."""
        return self.lineage / f"night={night:%Y-%m-%d}.jsonl"

    def lake_file(self, kind: str, night: date, batch: str, dataset: str | None = None) -> Path:
        """The one file of a partition: lake/<kind>[/<dataset>]/night=D/<batch>.parquet.

        kind is one of LAKE_KINDS; read, met, accepted, held and rejected need a dataset. Raises ValueError for another.
        Of receipts each file is one look into the inbox, of release_decisions and match_decisions one decision; its
        name stands for the batch's.
        """
        return self._lake_folder(kind, dataset) / f"night={night:%Y-%m-%d}" / f"{batch}.parquet"

    def lake_glob(self, kind: str, dataset: str | None = None, night: date | None = None) -> str:
        """Glob over a kind's files: of one night, or of all nights (read it with hive_partitioning = false)."""
        partition = f"night={night:%Y-%m-%d}" if night else "night=*"
        return str(self._lake_folder(kind, dataset) / partition / "*.parquet")

    def _lake_folder(self, kind: str, dataset: str | None) -> Path:
        if kind not in LAKE_KINDS:
            raise ValueError(f"the lake has no kind {kind!r}: name it in LAKE_STEPS, where a night writes it")
        return self.lake / kind / dataset if dataset else self.lake / kind

    def landing_file(self, night: date, attempt_id: str) -> Path:
        """The encrypted bytes of one attempt."""
        return self.landing / f"night={night:%Y-%m-%d}" / f"{attempt_id}.zip.age"

    def letters(self, submitter: str, night: date) -> Path:
        """Folder of one submitter's letters of one night."""
        return self.outbox / submitter / f"{night:%Y-%m-%d}"

    def fetching(self, submitter: str) -> Path:
        """Packages while they are copied from a server; beside the accounts, into which offices may write."""
        return self.inbox / ".fetching" / submitter

    def fetched(self, submitter: str) -> Path:
        """A record of each package that was taken from a server and is not removed there yet."""
        return self.inbox / ".fetched" / submitter

    def handed_out(self, submitter: str, night: date) -> Path:
        """What of a night's letters went into the submitter's outbox on a server: name, hash; dated as its folder."""
        return self.outbox / submitter / "handed_out" / f"{night:%Y-%m-%d}.json"


def batch_names(batches: int) -> tuple[str, ...]:
    """Names of all batches of a night, such as 0-of-4; the count is in the name so that two layouts never mix."""
    width = len(str(batches - 1))
    return tuple(f"{index:0{width}d}-of-{batches}" for index in range(batches))


def batch_of(office: str, batches: int) -> str:
    """The batch of an office by its stable id (include.intake.submitters.county_id_of); a prefecture stays together."""
    return batch_names(batches)[zlib.crc32(office[:4].encode()) % batches]
