"""Kinds of faults that any dataset can have, planted in each dataset of a county: one column of each, at random."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from include.contract import COMMON_COLUMNS, Column, contract
from include.country.designated import is_running
from include.country.faults import Plant, Scene
from include.country.faults_choose import Planter, all_rows, settled
from include.country.tables import NULL, Mask, ymd

_NOWHERE = "999999999999"
#: Datasets whose rows no other row stands on: a row of them that cannot be read is one finding and no more.
_NOTHING_STANDS_ON = (
    "measures",
    "assignments",
    "visits",
    "tasks",
    "funds",
    "applications",
    "plans",
    "contributions",
    "designation_deliveries",
    "experiences",
    "grievances",
    "villages",
)
#: Without its household a decision no longer speaks for that household's exit, which is then told too.
_TOLD_ELSEWHERE = {("decisions", "household_id")}


def _rows(scene: Scene, dataset: str) -> Mask:
    """Rows in which little else is judged: of settled households, or all rows of a dataset without households."""
    if dataset == "households":
        return settled(scene)
    if dataset == "designations":  # one that ended long ago: no promise of it stands, and others help the county
        ended = scene.table(dataset)["to_date"]
        return np.asarray((ended != NULL) & (ended < ymd(2021, 1, 1)))
    if dataset == "designation_deliveries":  # promises of ended years are judged, and holes may be in them
        return is_running(scene.table(dataset))
    if "household_id" not in scene.table(dataset):
        return all_rows(scene, dataset)
    return np.asarray(settled(scene)[scene.household_rows(dataset)])


def _household(scene: Scene, dataset: str, row: int) -> int:
    table = scene.table(dataset)
    return int(table["household_id"][row]) if "household_id" in table else 0


def in_each_dataset(kind: str, rule: str, fits: Callable[[Column], bool], text: str, severity: str = "") -> Planter:
    """One cell of one fitting column of each dataset, or of those that nothing stands on when the row is rejected.

    Without a `severity`, the finding is must_fix in a required column and explain in another.
    """

    def told(dataset: str, column: Column) -> bool:
        return fits(column) and column.name not in COMMON_COLUMNS and (dataset, column.name) not in _TOLD_ELSEWHERE

    def plant(scene: Scene) -> list[Plant]:
        plants = []
        for dataset in _datasets(scene, severity):
            columns = [c for c in contract(dataset).columns if told(dataset, c)]
            if not columns:
                continue
            column = columns[int(scene.rng.integers(len(columns)))]
            row = scene.choose(dataset, _rows(scene, dataset))
            if row is None:
                continue
            weight = severity or ("must_fix" if column.required else "explain")
            cells = ((column.name, text),)
            household = _household(scene, dataset, row)
            key = scene.key(dataset, row)
            plants.append(Plant(kind, dataset, key, cells, (f"{rule}:{weight}",), household=household))
        return plants

    return plant


def _datasets(scene: Scene, severity: str) -> list[str]:
    return [name for name in scene.state.tables if severity != "reject" or name in _NOTHING_STANDS_ON]


def row_in_each_dataset(kind: str, expect: str, *, copy: bool = False, extra_cell: str | None = None) -> Planter:
    """One row of each dataset that is sent twice, or has one cell too many."""

    def plant(scene: Scene) -> list[Plant]:
        plants = []
        for dataset in _datasets(scene, expect.split(":")[1]):
            row = scene.choose(dataset, _rows(scene, dataset))
            if row is None:
                continue
            household = _household(scene, dataset, row)
            copied = (expect,) if copy else ()
            key = scene.key(dataset, row)
            plants.append(
                Plant(kind, dataset, key, (), (expect,), copy, copied, extra_cell=extra_cell, household=household)
            )
        return plants

    return plant


def note_in_each_dataset(kind: str, first: str) -> Planter:
    """A line below the last row of each dataset: layout, which must raise no finding."""
    return lambda scene: [
        Plant(kind, dataset, (), note=first + "," * (len(contract(dataset).columns) - 1))
        for dataset in scene.state.tables
    ]


def _free(column: Column) -> bool:
    return column.key_position is None and not column.hashed


def is_date(column: Column) -> bool:
    """Whether a column holds a date and is no part of a key."""
    return _free(column) and column.type == "date"


def is_number(column: Column) -> bool:
    """Whether a column holds a decimal number and is no part of a key."""
    return _free(column) and column.type == "number"


def is_whole_number(column: Column) -> bool:
    """Whether a column holds a whole number and is no part of a key."""
    return _free(column) and column.type == "integer"


def is_yes_or_no(column: Column) -> bool:
    """Whether a column holds yes or no and is no part of a key."""
    return _free(column) and column.type == "boolean"


def is_code(column: Column) -> bool:
    """Whether a column holds a code of a list and is no part of a key."""
    return _free(column) and column.code_list is not None


def is_required(column: Column) -> bool:
    """Whether a column must be filled and is no part of a key."""
    return _free(column) and column.required


def is_place(column: Column) -> bool:
    """Whether a column names a place of the division tree and is no part of a key."""
    return _free(column) and column.reference == "places"


def is_measure(column: Column) -> bool:
    """Whether a column names a measure of the catalogue and is no part of a key."""
    return _free(column) and column.reference == "measures"


def is_key(column: Column) -> bool:
    """Whether a column is part of its dataset's key."""
    return column.key_position is not None


EVERYWHERE: dict[str, tuple[Planter, bool]] = {
    name: (planter, csv_only)
    for name, planter, csv_only in (
        ("date_unreadable", in_each_dataset("date_unreadable", "value-not-a-date", is_date, "2026-13-45"), False),
        ("number_unreadable", in_each_dataset("number_unreadable", "value-not-a-number", is_number, "约三千"), False),
        (
            "whole_number_unreadable",
            in_each_dataset("whole_number_unreadable", "value-not-a-whole-number", is_whole_number, "2.5"),
            False,
        ),
        (
            "neither_yes_nor_no",
            in_each_dataset("neither_yes_nor_no", "value-not-yes-or-no", is_yes_or_no, "也许"),
            False,
        ),
        ("code_not_listed", in_each_dataset("code_not_listed", "code-unknown", is_code, "777"), False),
        ("required_missing", in_each_dataset("required_missing", "value-missing", is_required, "", "must_fix"), False),
        ("place_not_known", in_each_dataset("place_not_known", "place-unknown", is_place, _NOWHERE, "must_fix"), False),
        ("measure_not_known", in_each_dataset("measure_not_known", "measure-unknown", is_measure, "ZZ99"), False),
        ("key_missing", in_each_dataset("key_missing", "key-missing", is_key, "", "reject"), False),
        ("row_twice", row_in_each_dataset("row_twice", "key-duplicated:must_fix", copy=True), False),
        (
            "row_too_long",
            row_in_each_dataset("row_too_long", "row-too-many-columns:reject", extra_cell="多出的一格"),
            True,
        ),
        ("total_below", note_in_each_dataset("total_below", "合计"), False),
        ("remark_below", note_in_each_dataset("remark_below", "备注：本表为模拟数据"), False),
    )
}
"""By name: the planter, and whether it needs a CSV."""
