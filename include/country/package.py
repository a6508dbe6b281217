"""A package: the folder DIR/<night>/<submitter>/ with its files and, written last, its manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from include.contract import CURRENT_VERSION
from include.country.files import Edits, Written, write_dataset
from include.country.habits import Habit
from include.country.tables import Table, length

#: Order of the files in a package.
ORDER = (
    "households", "persons", "measures", "assignments", "visits", "units", "staff", "tasks", "funds", "villages",
    "applications", "decisions", "plans", "contributions", "grievances", "pairings", "pairing_deliveries",
    "designations", "designation_deliveries", "experiences", "samples", "cross_checks",
)  # fmt: skip


@dataclass
class Package:
    """What one submitter sends on one night."""

    submitter: str
    night: date
    tables: Mapping[str, Table]
    habit: Habit
    kind: str = "full"
    nothing_due: bool = False
    edits: Mapping[str, Edits] = field(default_factory=dict)
    unit_names: Mapping[int, str] = field(default_factory=dict)
    again: date | None = None
    """The past day that it speaks for, beside the package of the night; None for that package itself."""

    @property
    def as_of(self) -> date:
        """The day it speaks for."""
        return self.again or self.night

    @property
    def folder_name(self) -> str:
        """The submitter; what it says of a past day lies in a folder beside that of the night."""
        return f"{self.submitter}+{self.again}" if self.again else self.submitter


def manifest_of(package: Package, files: list[Written]) -> dict[str, object]:
    """The manifest as it is written."""
    return {
        "contract_version": CURRENT_VERSION,
        "submitter": package.submitter,
        "as_of": package.as_of.isoformat(),
        "kind": package.kind,
        "nothing_due": package.nothing_due,
        "synthetic": True,
        "note": "SYNTHETIC 模拟数据",
        "files": [{"dataset": f.dataset, "path": f.path, "rows": f.rows, "sha256": f.sha256} for f in files],
    }


def write_manifest(folder: Path, manifest: Mapping[str, object]) -> None:
    """Write manifest.json; it comes last, and with it the package is complete."""
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_bytes(text.encode() + b"\n")


def write_package(connection: duckdb.DuckDBPyConnection, out: Path, package: Package) -> Path:
    """Write the package below `out`; returns its folder."""
    folder = out / package.night.isoformat() / package.folder_name
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Written] = []
    for dataset in ORDER:
        table = package.tables.get(dataset)
        if package.nothing_due or table is None or length(table) == 0:
            continue
        names = [package.unit_names[u] for u in table["unit_id"].tolist()] if dataset == "units" else None
        files.append(
            write_dataset(connection, folder, dataset, table, package.habit, package.edits.get(dataset), names)
        )
    write_manifest(folder, manifest_of(package, files))
    return folder
