"""Marks that a workbook's cells carry until the header tells what their columns are, and what becomes of them then.

A merged cell says one thing for several rows or columns. A code, a date or a key that is merged over rows holds for
each of them; a sum that is merged over rows, or anything merged over columns, does not say what belongs to whom, and
the row is refused. A date in a column of ids is what a spreadsheet made of an id such as 1-2, and is destroyed.
"""

from __future__ import annotations

from include.contract import Column, Contract
from include.intake.headers import Header

UNIT = "\x1f"
"""Between cells: ASCII's own unit separator. No office's file holds it; where one does, it becomes a blank."""
SHARED = "\x1d"
"""Before a value that a cell merged over rows gives to each of them."""
UNCLEAR = "\x1c"
"""Before a value of a cell merged over columns; in the resolved text: the row is refused."""
DATED = "\x1e"
"""Before a date that was a date in the workbook, not a text."""
_MARKED = (SHARED, UNCLEAR, DATED)
MARKS = str.maketrans("", "", SHARED + UNCLEAR + DATED)
CONTROLS: dict[int, str] = str.maketrans(dict.fromkeys(UNIT + SHARED + UNCLEAR + DATED, " ") | {"\0": ""})
"""For a value that holds one of them itself."""
DESTROYED_DATE = "#DATE!"
"""What is left of an id that a spreadsheet took for a date."""


def without_marks(text: str) -> str:
    """The text as it is shown."""
    # To look for three characters is a hundred times cheaper than to look each character up, and most texts have none.
    return text.translate(MARKS) if any(mark in text for mark in _MARKED) else text


def resolved(text: str, header: Header, contract: Contract) -> str:
    """The table's text with only UNCLEAR left, in rows of which a value cannot be told."""
    if not any(mark in text for mark in _MARKED):
        return text
    kinds = {place: contract.column(name) for name, place in header.columns}
    lines = text.split("\n")
    for number in range(header.first_data_row - 1, len(lines)):
        cells = lines[number].split(UNIT)
        lines[number] = UNIT.join(_cell(cell, kinds.get(place)) for place, cell in enumerate(cells, start=1))
    return "\n".join(lines)


def _cell(cell: str, column: Column | None) -> str:
    if not cell.startswith(_MARKED):
        return cell
    plain = without_marks(cell)
    if column is None:
        return plain
    if DATED in cell and column.type == "string":
        plain = DESTROYED_DATE
    unclear = UNCLEAR in cell or (SHARED in cell and _cannot_be_shared(column))
    return UNCLEAR + plain if unclear else plain


def _cannot_be_shared(column: Column) -> bool:
    return column.hashed or (column.type in ("number", "integer") and column.key_position is None)
