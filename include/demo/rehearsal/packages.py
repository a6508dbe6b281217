"""Changes a package that lies in an inbox, as a county's own software would have written it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from include.contract import contract
from include.contract.model import normalise_header

Row = dict[str, str]
INCOME_PARTS = (
    "wage_income", "business_income", "property_income", "transfer_income", "assistance_income", "production_costs",
    "net_income",
)  # fmt: skip
_ENCODINGS = ("utf-8-sig", "gb18030")


class Package:
    """A package folder: its manifest, and its CSV files with columns by the contract's names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))

    def tell(self, **values: object) -> None:
        """Change the manifest."""
        self.manifest |= values
        text = json.dumps(self.manifest, ensure_ascii=False, indent=1)
        (self.folder / "manifest.json").write_text(text + "\n", encoding="utf-8")

    def reseal(self) -> None:
        """State the hashes of the files as they lie there now."""
        for entry in self.manifest["files"]:
            entry["sha256"] = hashlib.sha256((self.folder / entry["path"]).read_bytes()).hexdigest()
        self.tell()

    def edit(self, dataset: str, change: Callable[[list[Row]], list[Row]]) -> None:
        """Rewrite a dataset's file in its own encoding and under its own headers; the manifest follows."""
        entry = self._entry(dataset)
        path = self.folder / entry["path"]
        encoding, text = _decoded(path.read_bytes())
        reader = csv.reader(io.StringIO(text, newline=""))
        headers = next(reader)
        known = contract(dataset).headers
        names = [known.get(normalise_header(header), header) for header in headers]
        rows = change([dict(zip(names, values, strict=True)) for values in reader])
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(headers)
        writer.writerows([row.get(name, "") for name in names] for row in rows)
        path.write_bytes(out.getvalue().encode(encoding))
        entry |= {"rows": len(rows), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        self.tell()

    def _entry(self, dataset: str) -> dict[str, Any]:
        return next(one for one in self.manifest["files"] if one["dataset"] == dataset)


def _decoded(content: bytes) -> tuple[str, str]:
    for encoding in _ENCODINGS:
        try:
            return encoding, content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("neither UTF-8 nor GB 18030")


def times(row: Row, factor: str) -> Row:
    """A household with every part of its income multiplied; it still adds up."""
    parts = {name: Decimal(row[name].replace(",", "") or 0) * Decimal(factor) for name in INCOME_PARTS}
    cents = {name: value.quantize(Decimal("0.01")) for name, value in parts.items()}
    gains = sum(cents[name] for name in ("wage_income", "business_income", "property_income", "transfer_income"))
    return (
        row
        | {name: str(value) for name, value in cents.items()}
        | {"net_income": str(gains - cents["production_costs"])}
    )
