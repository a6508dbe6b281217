"""Who sends: a submitter is the name of its inbox folder, and that name alone says what kind of office it is."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from include.home import Home, batch_of
from include.seeds import SEEDS

SubmitterKind = Literal["county", "province", "assessor", "register"]

_KINDS: tuple[tuple[SubmitterKind, re.Pattern[str]], ...] = (
    ("province", re.compile(r"[1-9][0-9]0000")),
    ("county", re.compile(r"[1-9][0-9]{5}")),
    ("assessor", re.compile(r"assessor-[a-z0-9][a-z0-9-]{0,40}")),
    ("register", re.compile(r"register-[a-z0-9][a-z0-9-]{0,40}")),
)


class UnknownSubmitter(ValueError):
    """A name that is no submitter's."""


@dataclass(frozen=True)
class Account:
    """One submitter's inbox folder."""

    submitter: str
    kind: SubmitterKind
    county_id: str
    folder: Path


def kind_of(submitter: str) -> SubmitterKind:
    """The kind of a submitter by its name; raises UnknownSubmitter for a name that is none."""
    for kind, pattern in _KINDS:
        if pattern.fullmatch(submitter):
            return kind
    raise UnknownSubmitter(f"{submitter!r} is neither a county, a province, an assessor nor a register office")


@cache
def county_ids(places: Path = SEEDS / "places.csv") -> dict[str, str]:
    """County code to the county's stable id, for every code it ever had, from the seed of places."""
    with places.open(encoding="utf-8", newline="") as file:
        return {
            row["place_code"]: row["county_id"]
            for row in csv.DictReader(file)
            if row["level"] == "county" and row["county_id"]
        }


@cache
def province_codes(places: Path = SEEDS / "places.csv") -> tuple[str, ...]:
    """The two-digit codes of the provinces, from the seed of places."""
    with places.open(encoding="utf-8", newline="") as file:
        codes = {row["place_code"] for row in csv.DictReader(file) if row["level"] == "province"}
    return tuple(sorted(codes))


@cache
def _last_days(places: Path = SEEDS / "places.csv") -> dict[str, date]:
    """The last day of every code that is closed, from the seed of places."""
    with places.open(encoding="utf-8", newline="") as file:
        return {
            row["place_code"]: date.fromisoformat(row["valid_to"]) for row in csv.DictReader(file) if row["valid_to"]
        }


def is_closed(submitter: str, night: date) -> bool:
    """True for a county whose code ended before the night: recoded, or merged into another. It owes no report."""
    last_day = _last_days().get(submitter)
    return last_day is not None and last_day < night


def county_id_of(submitter: str) -> str:
    """The stable id under which a submitter's rows are kept; who is not in places keeps its own name."""
    return county_ids().get(submitter, submitter)


def accounts(home: Home, batch: str) -> tuple[list[Account], list[str]]:
    """The inbox accounts of a batch in order of their names, and the names of folders that are no submitter's.

    The number of batches is part of the batch's name. A recoded county's accounts are in one batch. Links are never
    followed.
    """
    batches = int(batch.rsplit("-of-", 1)[1])
    known: list[Account] = []
    strangers: list[str] = []
    if not home.inbox.exists():
        return known, strangers
    for folder in sorted(home.inbox.iterdir()):
        if folder.name.startswith(".") or batch_of(county_id_of(folder.name), batches) != batch:
            continue
        try:
            kind = kind_of(folder.name)
        except UnknownSubmitter:
            strangers.append(folder.name)
            continue
        if folder.is_symlink() or not folder.is_dir():
            strangers.append(folder.name)
            continue
        known.append(Account(folder.name, kind, county_id_of(folder.name), folder))
    return known, strangers
