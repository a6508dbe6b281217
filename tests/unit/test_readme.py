"""The README is one screen, names every room, and what it shows is what the cookbooks and the letters say."""

from __future__ import annotations

import re
from pathlib import Path

from include.rules import rule

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
COOKBOOKS = [REPOSITORY / "docs" / name for name in ("cookbook.md", "cookbook-duty.md")]
Row = dict[str, str]


def shown() -> dict[str, list[list[str]]]:
    """The lines of the picture by what stands before them, each in the parts between its dots."""
    (block,) = [block for block in re.findall(r"```\n(.*?)```", README, re.DOTALL) if "who needs help?" in block]
    lines: dict[str, list[list[str]]] = {}
    for line in block.splitlines():
        label, text = line[:26].strip(), line[26:]
        lines.setdefault(label or list(lines)[-1], []).append(text.split(" · "))
    return lines


def answers() -> list[Row]:
    """Every row of an answer of the cookbooks, which a test keeps fresh."""
    found = []
    for path in COOKBOOKS:
        for answer in re.findall(r"<!-- answer -->\n(.*?)<!-- end", path.read_text(encoding="utf-8"), re.DOTALL):
            table = [line for line in answer.splitlines() if line.startswith("|")]
            head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
            found += [dict(zip(head, row, strict=True)) for row in rows]
    return found


def test_what_it_shows_is_what_the_cookbooks_answer() -> None:
    lines = shown()
    told = [line for label, found in lines.items() if label != "the county's letter" for line in found]
    assert len(told) == 4 and {label[-1] for label in list(lines)[:3]} == {"?"}
    rows = answers()
    assert len(rows) > 200
    for line in told:
        cells = dict(part.split(" ", 1) for part in line)
        assert any(cells.items() <= row.items() for row in rows), f"no cookbook answers so any more: {cells}"


def test_the_letter_it_shows_is_in_the_words_of_the_catalogue() -> None:
    told = rule("household-without-helper")
    assert shown()["the county's letter"] == [[told.title_zh, told.mend_zh], [told.title_en, told.mend_en]]


def test_every_room_is_named_and_all_of_it_is_one_screen() -> None:
    rooms = {f"include/{path.parent.name}" for path in (REPOSITORY / "include").glob("*/__init__.py")}
    assert len(rooms) >= 14
    assert {room for room in rooms if f"`{room}`" not in README} == set()
    assert len(README.splitlines()) < 60


def test_every_step_of_its_picture_is_told_in_the_architecture() -> None:
    (picture,) = re.findall(r"^ inbox ─.*$", README, re.MULTILINE)
    steps = re.findall(r"\w+", picture.split("published/")[0])[1:]
    table = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert steps[:4] == ["receive", "meet", "check", "judge"] and len(steps) == 7
    assert [step for step in steps if f"\n| {step} |" not in table] == []
