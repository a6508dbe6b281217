"""A line with a plain key is told from layout as every other line is, only sooner."""

from __future__ import annotations

import random

import duckdb
import pytest

from include.contract import Contract, contract
from include.intake import lines
from include.intake.cells import UNIT
from include.intake.headers import Header

#: What stands in the column of the key, and in the cell beside it.
CELLS = (
    *("", " ", "1", "2", "H001", "110101M00000001", "1101010000000001", "A-1_2", " H001", "H001 ", "H 001", "h001"),
    *(
        "合计",
        "合计：",
        "总 计",
        "小计3",
        "Total",
        "total",
        "TOTAL2026",
        "Sub-total 1",
        "subtotal1",
        "grand total",
        "Grand1",
    ),
    *(
        "note",
        "Notes:",
        "note-1",
        "n1",
        "s1",
        "t1",
        "g1",
        "备注：无",
        "注",
        "注1、",
        "说明",
        "制表：",
        "填报人：",
        "审核",
        "x",
    ),
    *("household_id", "户编号", "户编号*", "户编号（必填）", "staff_id", "１", "Ｈ００１", "３", "9９", "-1", "_1"),
)
HEAD = (UNIT.join(["1", "2", "3"]), UNIT.join(["H001", "2", ""]))


def kinds(of: Contract, place: int, drawn: list[str]) -> list[tuple[str, str | None]]:
    """Each line with its kind; the key is in the column `place` of three."""
    columns = [name for name in ("operation", "close_reason") if name != of.key[0]]
    columns.insert(place - 1, of.key[0])
    header = Header(
        row=1, first_data_row=2, width=3, columns=tuple((name, at) for at, name in enumerate(columns, start=1)),
        forbidden=(), unknown=(), missing=(), twice=(),
    )  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute(
            """create table raw as select '' as submitter, '' as attempt_id, '' as file, 2 as first_row,
                $head as head_lines, $header as header_line, true as untyped, $text as text""",
            {"head": list(HEAD), "header": f"household_id{UNIT}x", "text": "\n".join(["head", *drawn])},
        )
        query = f'select kind from ({lines.lines_sql(of, header)}) order by "row"'
        return [(line, kind) for line, (kind,) in zip(drawn, connection.execute(query).fetchall(), strict=True)]


@pytest.mark.parametrize("place", [1, 2])
@pytest.mark.parametrize("dataset", ["households", "staff", "villages"])
def test_a_plain_key_hides_no_layout(dataset: str, place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(20261130)  # noqa: S311
    drawn = [*HEAD, *(UNIT.join(draw.choices(CELLS, k=draw.choice((1, 2, 3)))) for _ in range(20_000))]
    sooner = kinds(contract(dataset), place, drawn)
    monkeypatch.setattr(lines, "PLAIN_KEY", "@@@")  # matches no cell
    slowly = kinds(contract(dataset), place, drawn)
    assert [one for one, other in zip(sooner, slowly, strict=True) if one != other] == []
    assert {kind for _, kind in slowly} >= {None, "blank", "repeated header", "total", "note"}


def test_a_plain_key_is_what_offices_number_with() -> None:
    with duckdb.connect() as connection:
        found = connection.execute(
            "select v from unnest($cells) t(v) where regexp_full_match(v, $plain)",
            {"cells": list(CELLS), "plain": lines.PLAIN_KEY},
        ).fetchall()
    assert {v for (v,) in found} == {"H001", "110101M00000001", "1101010000000001", "A-1_2", "h001"}


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("全村合计", "total"),
        ("本页小计：", "total"),
        ("全县 总计", "total"),
        ("合计", "total"),
        ("全村", None),
        ("本村合作社", None),
        ("本村H001", None),
    ],
)
def test_a_total_of_a_page_or_place_under_the_key_is_no_row(line: str, kind: str | None) -> None:
    assert kinds(contract("households"), 1, [UNIT.join([line, "", "2"])])[0][1] == kind
