"""Reads a synthetic country's files back with other means than those that wrote them."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from include.contract import contract, normalise_header


@dataclass(frozen=True)
class Sheet:
    """A file as a clerk sees it: rows[0] is row 1, the header."""

    rows: list[list[str]]
    names: list[str]

    def cell(self, row: int, column: str) -> str:
        """The cell of a column in a row, by the clerk's row number."""
        return self.rows[row - 1][self.names.index(column)]

    def records(self) -> list[dict[str, str]]:
        """All rows below the header by column."""
        return [dict(zip(self.names, row, strict=False)) for row in self.rows[1:]]


def _text(value: Any) -> str:
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else f"{value:.2f}"
    return "" if value is None else str(value)


def decode(data: bytes) -> str:
    """UTF-8 with or without BOM, else GB18030."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def read_sheet(path: Path, dataset: str) -> Sheet:
    """A CSV or xlsx of a package; columns by the contract's English names."""
    if path.suffix == ".xlsx":
        rows = [
            [_text(v) for v in row] for row in CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        ]
    else:
        rows = list(csv.reader(io.StringIO(decode(path.read_bytes()))))
    known = contract(dataset).headers
    return Sheet(rows, [known.get(normalise_header(header), header) for header in rows[0]])


def manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a package."""
    loaded: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=256)
def sheet_of(folder: Path, dataset: str) -> Sheet | None:
    """The file of a dataset in a package, None where it is not sent. Kept: a made country does not change."""
    for file in manifest(folder)["files"]:
        if file["dataset"] == dataset:
            return read_sheet(folder / file["path"], dataset)
    return None


def day(text: str) -> date:
    """A date in any of the three ways offices write it."""
    found = re.fullmatch(r"(\d{4})[-/年](\d{1,2})[-/月](\d{1,2})日?", text)
    assert found, text
    return date(*(int(part) for part in found.groups()))


def amount(text: str) -> float:
    """An amount with or without thousands separators; an empty cell is nothing."""
    return float(text.replace(",", "")) if text else 0.0
