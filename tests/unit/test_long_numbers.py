"""What counts as a long number, stated once: the same in Python and in DuckDB's SQL, and no date, code or amount."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from include.intake.identity import CHECK_CHARACTERS
from include.intake.long_numbers import HOLDS_RESIDENT, IN_A_NAME, RUN, for_python

PATTERNS = {"HOLDS_RESIDENT": HOLDS_RESIDENT, "RUN": RUN, "IN_A_NAME": IN_A_NAME}
ALL = set(PATTERNS)
NUMBER = "11010519491231002X"
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "found_by"),
    [
        (f"x {NUMBER}", ALL),
        ("１１０１０５１９４９１２３１００２Ｘ", ALL),
        ("110105491231002", {"RUN", "IN_A_NAME"}),
        ("110105 19491231 002X", {"HOLDS_RESIDENT", "IN_A_NAME"}),
        ("110105\u00a019491231\u2013002X", {"HOLDS_RESIDENT", "IN_A_NAME"}),
        ("110105\u200b19491231\ufeff0\u00ad02X", {"HOLDS_RESIDENT", "IN_A_NAME"}),
        ("110105/19491231/002X", {"HOLDS_RESIDENT"}),
        ("13800138000", {"IN_A_NAME"}),
        ("513431100001", {"IN_A_NAME"}),
        ("2026-11-20 22:00:00", set()),
        ("2026-11-20, 513431, 1,234,567.00", set()),
        ("20261120", set()),
        ("", set()),
    ],
)
def test_python_and_sql_find_the_same(text: str, found_by: set[str]) -> None:
    with duckdb.connect() as connection:
        for name, pattern in PATTERNS.items():
            (by_sql,) = connection.execute("select regexp_matches(?, ?)", [text, pattern]).fetchone() or (None,)
            assert (by_sql, bool(for_python(pattern).search(text))) == (name in found_by,) * 2, name


def test_the_whole_number_is_masked_its_last_letter_too() -> None:
    for text in (NUMBER, NUMBER.lower(), "１１０１０５１９４９１２３１００２Ｘ", "110105491231002"):
        assert for_python(RUN).sub("#", f"a{text}b") == "a#b"
        assert for_python(IN_A_NAME).sub("#", f"a{text}b") == "a#b"


def test_it_is_stated_nowhere_else() -> None:
    """A run of 14 or more digits, or the check characters, in a pattern of another file is a copy."""
    spelt = re.compile(r"(\\d|\[0-9[^\]]*\])\)?\{+1[4-7],?\}+" + f"|{CHECK_CHARACTERS}")
    at_home = {"include/intake/long_numbers.py", "include/intake/identity.py", "include/warehouse/leaks.py"}
    files = [path for room in ("include", "expectations") for path in sorted((ROOT / room).rglob("*.py"))]
    found = {path.relative_to(ROOT).as_posix() for path in files if spelt.search(path.read_text(encoding="utf-8"))}
    assert "include/intake/identity.py" in found
    apart = {
        "include/intake/lines.py",  # what a spreadsheet cut: another thing
        "include/country/identity.py",  # the synthetic country makes numbers, and knows the contract only
    }
    assert found <= at_home | apart
