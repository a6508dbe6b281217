"""A receipt as one self-contained page in the submitter's outbox: it came, this is its number, this will be read."""

from __future__ import annotations

from dataclasses import replace

from include.contract.words import Label
from include.files import write_aside
from include.home import Home
from include.intake.names import name_and_path
from include.intake.receipts import Receipt
from include.letters.render import environment
from include.rules import catalogue
from include.warehouse.leaks import personal


def write_copies(home: Home, receipts: list[Receipt]) -> int:
    """Put each receipt beside the letters of its night, where it is not there yet; returns how many were written.

    One that would tell of a person comes without the names that the office gave to its package and files, the only
    words in it that are not ours, and says so.
    """
    written = 0
    for receipt in receipts:
        path = home.letters(receipt.submitter, receipt.night) / receipt.file_name
        if not path.exists():
            page = render_receipt(receipt)
            if any(personal(page, known=(receipt.sha256,))):
                page = render_receipt(_without_names(receipt), names_left_out=True)
            with write_aside(path) as aside:
                aside.write_text(page, encoding="utf-8")
            written += 1
    return written


def _without_names(receipt: Receipt) -> Receipt:
    """The receipt without the names that the office gave to its package and files."""
    return replace(receipt, package="…", files=tuple(replace(one, file="…") for one in receipt.files))


def render_receipt(receipt: Receipt, names_left_out: bool = False) -> str:
    """The page; the same receipt gives the same bytes. With `names_left_out` it says why, and what to do."""
    name, place = name_and_path(receipt.submitter)
    rules = {rule.id: rule for rule in catalogue()}
    refused = {one.refusal for one in receipt.files if one.refusal} | ({receipt.refusal} - {None})
    template = environment().get_template("receipt.html.j2")
    return template.render(
        receipt=receipt,
        name=name,
        place=place,
        rules={rule: rules[rule] for rule in refused if rule in rules},
        head=_headline(receipt),
        names_left_out=names_left_out,
    )


def _headline(receipt: Receipt) -> Label:
    """The one sentence that a clerk looks for."""
    number, night = receipt.number, f"{receipt.night:%Y-%m-%d}"
    if receipt.refusal:
        return Label(
            f"第 {number} 次报送已收到，但按现在的样子无法读取。请按下面的说明修正后重新报送。",
            f"Package no. {number} has arrived, but as it is it cannot be read. Please mend it as said below and"
            " send it again.",
        )
    if receipt.taken:
        return Label(
            f"第 {number} 次报送已收到，{night} 当夜已接收；结果见当夜的通知书。",
            f"Package no. {number} has arrived and was taken in the night of {night}; its letter says the rest.",
        )
    if receipt.nothing_due:
        return Label(
            f"第 {number} 次报送已收到：本次无变化，{night} 当夜登记为已报。",
            f"Package no. {number} has arrived: it says that nothing changed, and counts as a report for {night}.",
        )
    return Label(
        f"第 {number} 次报送已收到，可以打开，将于 {night} 当夜读取。",
        f"Package no. {number} has arrived, can be opened, and will be read in the night of {night}.",
    )
