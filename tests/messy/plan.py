"""What is done to a clean package: a plan says it all, so that one that fails can be played again by itself."""

from __future__ import annotations

from dataclasses import dataclass, fields
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.messy.clean import DATASETS

CHOICES: dict[str, tuple[Any, ...]] = {
    "dataset": DATASETS,
    "rows": (1, 2, 3, 5, 8, 12, 30),
    "kind": ("csv", "csv", "xlsx"),
    "encoding": ("utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"),
    "delimiter": (",", "\t", ";", "，"),
    "ends": ("\n", "\r\n", "\r", "mixed"),
    "quoted": (False, True),
    "headers": ("zh", "en", "alias", "each"),
    "shuffled": (False, True),
    "subset": (False, True),
    "more": ((), ("unknown",), ("forbidden",), ("number", "unknown", "forbidden")),
    "titles": (0, 1, 2),
    "groups": (False, True),
    "units": ("", "brackets", "row", "title"),
    "scale": ("own", "own", "wan", "per head"),
    "blank_rows": (False, True),
    "repeated": (False, True),
    "totals": (False, True),
    "notes": (False, True),
    "varied": (False, True),
    "damage": (
        "", "", "", "", "scientific id", "cut id", "ragged", "two-digit year", "unit in cell", "unknown code",
        "month only", "no key", "open quote", "stale hash", "two encodings", "wrong ending", "nul", "second table",
        "merged amount", "merged across", "column twice", "key column gone", "number elsewhere", "formula error",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """One of the choices for each thing; `seed` draws the rows and how each cell is written."""

    dataset: str = "funds"
    rows: int = 3
    kind: str = "csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    ends: str = "\n"
    quoted: bool = False
    headers: str = "zh"
    shuffled: bool = False
    subset: bool = False
    more: tuple[str, ...] = ()
    titles: int = 0
    groups: bool = False
    units: str = ""
    scale: str = "own"
    blank_rows: bool = False
    repeated: bool = False
    totals: bool = False
    notes: bool = False
    varied: bool = False
    damage: str = ""
    seed: int = 0


def drawn(rng: Random, **fixed: Any) -> Plan:
    """A plan at random."""
    return Plan(**{name: rng.choice(of) for name, of in CHOICES.items()} | {"seed": rng.randrange(2**32)} | fixed)


def plans() -> st.SearchStrategy[Plan]:
    """The same for hypothesis."""
    assert {field.name for field in fields(Plan)} == {*CHOICES, "seed"}
    drawn_fields = {name: st.sampled_from(of) for name, of in CHOICES.items()}
    return st.builds(Plan, seed=st.integers(0, 2**32 - 1), **drawn_fields)
