"""The state folder: one method for each thing that lies in it, so that a path is stated once."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path


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
    def lineage(self) -> Path:
        """What each job of a night read and wrote, as OpenLineage events."""
        return self.root / "lineage"

    def lineage_file(self, night: date) -> Path:
        """The events of one night, one a line."""
        return self.lineage / f"night={night:%Y-%m-%d}.jsonl"

    def lake_file(self, kind: str, night: date, batch: str, dataset: str | None = None) -> Path:
        """The one file of a partition: lake/<kind>[/<dataset>]/night=D/<batch>.parquet.

        kind is receipts, attempts, accounts, files, withdrawals, read, met, accepted, held, rejected, findings,
        explained, verdicts, conservation, attempt_differences, attempt_states, released, restated, gate_results,
        alert_history or removals; read, met, accepted, held and rejected need a dataset.
        Of receipts each file is one look into the inbox, of release_decisions and match_decisions one decision; its
        name stands for the batch's.
        """
        folder = self.lake / kind / dataset if dataset else self.lake / kind
        return folder / f"night={night:%Y-%m-%d}" / f"{batch}.parquet"

    def lake_glob(self, kind: str, dataset: str | None = None, night: date | None = None) -> str:
        """Glob over a kind's files: of one night, or of all nights (read it with hive_partitioning = false)."""
        folder = self.lake / kind / dataset if dataset else self.lake / kind
        partition = f"night={night:%Y-%m-%d}" if night else "night=*"
        return str(folder / partition / "*.parquet")

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
