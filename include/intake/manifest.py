"""The manifest: what a package says of itself, and whether its files agree with it."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from include.contract import ACCEPTED_VERSIONS, contracts
from include.intake.decode import Undecodable, decode_text
from include.intake.package import MANIFEST, MAX_FILES

MAX_ROWS = 10**9
"""Rows that one file may be said to have: far above what MAX_FILE_BYTES can hold."""

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


def _date_as_written(value: object) -> object:
    """Only YYYY-MM-DD: a bare number would be taken for seconds since 1970."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip()):
        raise ValueError("a date is written YYYY-MM-DD")
    return value.strip()


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class ManifestFile(_Model):
    """One line of the manifest's list of files."""

    dataset: Short
    path: Annotated[str, StringConstraints(min_length=1, max_length=400)]
    rows: int = Field(ge=0, le=MAX_ROWS)
    sha256: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[0-9a-fA-F]{64}$")]

    @property
    def name(self) -> str:
        """The path as package.py names files."""
        return unicodedata.normalize("NFC", self.path).replace("\\", "/").removeprefix("./")


class Manifest(_Model):
    """manifest.json, see the county guide."""

    contract_version: Short
    submitter: Short
    as_of: Annotated[date, BeforeValidator(_date_as_written)]
    kind: Literal["full", "changes"]
    nothing_due: bool = False
    synthetic: bool = False
    withdraws: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(max_length=MAX_FILES)] = ()
    """Numbers of earlier packages of the same office that are not to count."""
    files: Annotated[tuple[ManifestFile, ...], Field(max_length=MAX_FILES)] = ()

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Manifest:
        if self.nothing_due == bool(self.files):
            raise ValueError("files are listed exactly when something is due")
        names = [file.name for file in self.files]
        if len(set(names)) != len(names):
            raise ValueError("a file is listed twice")
        return self


def parse_manifest(data: bytes) -> Manifest | None:
    """The manifest, or None when it cannot be read or lacks what it must say. Any encoding of decode.py is taken."""
    try:
        text, _ = decode_text(data)
        return Manifest.model_validate(json.loads(text))
    except (Undecodable, ValueError, ValidationError, RecursionError):
        return None


def refusal_of_manifest(manifest: Manifest, submitter: str, night: date) -> str | None:
    """The rule by which the manifest refuses its whole attempt, or None."""
    if manifest.submitter != submitter:
        return "manifest-wrong-submitter"
    if manifest.contract_version not in ACCEPTED_VERSIONS:
        return "manifest-unknown-contract-version"
    if manifest.as_of > night:
        return "manifest-as-of-after-night"
    return None


def file_faults(manifest: Manifest, files: dict[str, bytes]) -> list[tuple[str, ManifestFile]]:
    """Every listed file that is not in the package, then every one that is not what the manifest vouches for."""
    missing = [listed for listed in manifest.files if listed.name not in files or listed.name == MANIFEST]
    there = [listed for listed in manifest.files if listed not in missing]
    wrong = [listed for listed in there if hashlib.sha256(files[listed.name]).hexdigest() != listed.sha256]
    return [("file-missing", listed) for listed in missing] + [("file-wrong-hash", listed) for listed in wrong]


def refusal_of_dataset(dataset: str, submitter_kind: str) -> str | None:
    """The rule by which a file is refused for its dataset alone, or None."""
    if dataset not in contracts():
        return "manifest-unknown-dataset"
    if submitter_kind not in contracts()[dataset].submitted_by:
        return "dataset-not-for-submitter"
    return None
