"""Faults of whole packages, one in each of eight counties on the second night, so that the first night is whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from include.country.faults import KeyRow, natural_key
from include.country.package import Package, write_manifest

MIN_COUNTIES = 12
NIGHT = 1
_HTML = "<html><head><meta charset='utf-8'></head><body><table><tr><td>模拟数据</td></tr></table></body></html>\n"


@dataclass(frozen=True)
class PackageFault:
    """A way in which a package is broken after it was made."""

    kind: str
    expect: str
    dataset: str
    break_it: Callable[[Path, dict[str, Any], Package], None]
    refuses: bool = True
    """The whole attempt is refused; else one file of it."""
    opened: bool = False
    """The door finds it only when it reads the files, and then tells of the others' forbidden columns too."""

    def leaves(self, key: list[KeyRow], package: Package) -> list[KeyRow]:
        """What of the key is still expected when a package is broken so."""
        if not self.refuses:
            return key
        of_it = (package.night.isoformat(), package.submitter)
        told = natural_key(package) if self.opened else []
        return [row for row in key if (row.night, row.submitter) != of_it or row in told]


def _line(manifest: dict[str, Any], dataset: str) -> dict[str, Any]:
    found: dict[str, Any] = next(f for f in manifest["files"] if f["dataset"] == dataset)
    return found


def _wrong_hash(folder: Path, manifest: dict[str, Any], _package: Package) -> None:
    _line(manifest, "households")["sha256"] = hashlib.sha256("模拟".encode()).hexdigest()
    write_manifest(folder, manifest)


def _missing_file(folder: Path, manifest: dict[str, Any], _package: Package) -> None:
    (folder / _line(manifest, "persons")["path"]).unlink()


def _other_submitter(folder: Path, manifest: dict[str, Any], package: Package) -> None:
    manifest["submitter"] = "110101" if package.submitter != "110101" else "513437"
    write_manifest(folder, manifest)


def _unknown_version(folder: Path, manifest: dict[str, Any], _package: Package) -> None:
    manifest["contract_version"] = "0.1"
    write_manifest(folder, manifest)


def _after_night(folder: Path, manifest: dict[str, Any], package: Package) -> None:
    manifest["as_of"] = (package.night + timedelta(days=3)).isoformat()
    write_manifest(folder, manifest)


def _no_manifest(folder: Path, _manifest: dict[str, Any], _package: Package) -> None:
    (folder / "manifest.json").unlink()


def _replace(folder: Path, manifest: dict[str, Any], dataset: str, data: bytes) -> None:
    line = _line(manifest, dataset)
    (folder / line["path"]).write_bytes(data)
    line["sha256"] = hashlib.sha256(data).hexdigest()
    write_manifest(folder, manifest)


def _empty_file(folder: Path, manifest: dict[str, Any], _package: Package) -> None:
    _replace(folder, manifest, "measures", b"")


def _not_what_it_says(folder: Path, manifest: dict[str, Any], _package: Package) -> None:
    _replace(folder, manifest, "villages", _HTML.encode())


#: Position of the county in the country's order, and what befalls its package.
FAULTS: dict[int, PackageFault] = {
    4: PackageFault("wrong_sha256", "file-wrong-hash:reject", "households", _wrong_hash),
    5: PackageFault("missing_file", "file-missing:reject", "persons", _missing_file),
    6: PackageFault("other_submitter", "manifest-wrong-submitter:reject", "", _other_submitter),
    7: PackageFault("unknown_contract_version", "manifest-unknown-contract-version:reject", "", _unknown_version),
    8: PackageFault("as_of_after_night", "manifest-as-of-after-night:reject", "", _after_night),
    9: PackageFault("without_manifest", "package-without-manifest:reject", "", _no_manifest),
    10: PackageFault("empty_file", "file-empty:reject", "measures", _empty_file, opened=True),
    11: PackageFault("not_what_it_says", "file-not-what-it-says:reject", "villages", _not_what_it_says, refuses=False),
}


def package_fault(position: int, night: int, counties: int) -> PackageFault | None:
    """The fault of a county's package on a night, if it has one."""
    return FAULTS.get(position) if night == NIGHT and counties >= MIN_COUNTIES else None


def fault_named(kind: str, night: int, package: Package) -> PackageFault | None:
    """The fault of that name, for any county's package that has the file it breaks; on the second night alone."""
    for fault in FAULTS.values():
        if fault.kind == kind and night == NIGHT and (not fault.dataset or fault.dataset in package.tables):
            return fault
    return None


def break_package(folder: Path, fault: PackageFault, package: Package) -> list[KeyRow]:
    """Break a package that lies in its folder; returns its line of the key."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    fault.break_it(folder, manifest, package)
    return [KeyRow(package.night.isoformat(), package.submitter, fault.dataset, "", fault.kind, fault.expect)]
