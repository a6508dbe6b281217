"""Builds small inboxes with real files for the tests of the door. Everybody in them is made up: SYNTHETIC 模拟数据."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from include.clocks import known_at
from include.home import Home
from include.intake.receive import receive
from include.result import Result
from include.settings import Settings

NIGHT = date(2026, 11, 20)
BATCHES = 1
BATCH = "0-of-1"

Rows = Sequence[Sequence[Any]]


@dataclass
class World:
    """A home, and the packages put into its inbox."""

    root: Path
    home: Home = field(init=False)
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.home = Home(self.root / "home")
        self.settings = Settings(home=self.home.root, batches=BATCHES)

    def receive(self, night: date = NIGHT) -> Result:
        return receive(self.home, self.settings, night, BATCH, known_at(night))

    def send(
        self,
        files: dict[str, bytes] | None = None,
        *,
        submitter: str = "513431",
        package: str = "p1",
        rows: dict[str, int] | None = None,
        manifest: dict[str, Any] | bytes | None = None,
        zipped: bool = False,
        drop: Sequence[str] = (),
        listed: dict[str, str] | None = None,
    ) -> Path:
        """Put a package into the inbox; the dataset of a file is its name up to the first dot or dash.

        `manifest` overrides fields (bytes: the whole), `drop` leaves listed files out, `listed` overrides sha256.
        """
        files = files or {}
        entries = [
            {
                "dataset": name.split("/")[-1].split(".")[0].split("-")[0],
                "path": name,
                "rows": (rows or {}).get(name, 1),
                "sha256": (listed or {}).get(name, hashlib.sha256(data).hexdigest()),
            }
            for name, data in files.items()
        ]
        says: dict[str, Any] = {
            "contract_version": "1.0",
            "submitter": submitter,
            "as_of": NIGHT.isoformat(),
            "kind": "full",
            "nothing_due": not files,
            "synthetic": True,
            "files": entries,
        }
        content = {name: data for name, data in files.items() if name not in drop}
        if isinstance(manifest, bytes):
            content["manifest.json"] = manifest
        elif "manifest.json" not in drop:
            content["manifest.json"] = json.dumps(says | (manifest or {})).encode()
        account = self.home.inbox / submitter
        account.mkdir(parents=True, exist_ok=True)
        if zipped:
            path = account / f"{package}.zip"
            path.write_bytes(zip_bytes(content))
            return path
        path = account / package
        for name, data in content.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def lake(self, kind: str, dataset: str | None = None, columns: str = "*", night: date = NIGHT) -> list[Any]:
        """Rows of one kind of lake file, in the order in which they lie."""
        file = self.home.lake_file(kind, night, BATCH, dataset)
        return duckdb.sql(f"select {columns} from read_parquet('{file}')").fetchall()

    def told(self, columns: str = "rule, severity") -> list[Any]:
        """The door's findings."""
        return self.lake("findings_receive", columns=columns)


def zip_bytes(content: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return target.getvalue()


def csv_bytes(rows: Rows, encoding: str = "utf-8", delimiter: str = ",", ends: str = "\n") -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter, lineterminator=ends).writerows(rows)
    return target.getvalue().encode(encoding)


def xlsx_bytes(rows: Rows, more: Sequence[Rows] = ()) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for sheet_rows in (rows, *more):
            sheet = book.add_worksheet()
            for index, row in enumerate(sheet_rows):
                for place, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(index, place, value)
                    else:
                        sheet.write(index, place, value)
    return target.getvalue()
