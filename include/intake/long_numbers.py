"""Numbers that could be somebody's, each meaning stated once: as a pattern for DuckDB's SQL (RE2) and for Python.

- `HOLDS_RESIDENT`: 17 digits, with separators between them or without: a text in which a whole resident number may
  stand. For a first look, and to refuse words that a person writes.
- `RUN`: 15 digits or more in one run: a resident number of either form, a bank account; a county's own household
  number too. For what is masked or refused where no number has business.
- `IN_A_NAME`: the same also in groups, and 11 digits in one run, a telephone number: for names of files, which hold
  dates and short codes and nothing longer.

Whether a number truly is a resident number say include.intake.identity (at the door) and include.warehouse.leaks.
"""

from __future__ import annotations

import re

_DIGIT = "0-9０-９"
_X = "XxＸｘ"
_WIDE = "０１２３４５６７８９Ｘｘ"
_NARROWED = str.maketrans(_WIDE, "0123456789Xx")
_IS_WIDE = re.compile(f"[{_WIDE}]")
BLANKS = r"\s\x{A0}\x{3000}\x{200B}-\x{200F}\x{2060}\x{FEFF}"
"""White space and what is as invisible, for a class of characters."""
_JOINTS = rf"{BLANKS}\x{{AD}}\x{{85}}\x{{180E}}\x{{2062}}.·_\x{{2010}}-\x{{2015}}\-"
SEPARATORS = f"/{_JOINTS}"
"""What is put between the groups of a long number to make it easier to read."""

RESIDENT_DIGITS = 17
"""Digits before the check character of a resident number."""
HOLDS_RESIDENT = rf"[{_DIGIT}]([{SEPARATORS}]*[{_DIGIT}]){{{RESIDENT_DIGITS - 1}}}"
RUN = rf"[{_DIGIT}]{{15,}}[{_X}]?"
#: Without the slash: between folders it joins no groups.
IN_A_NAME = rf"[{_DIGIT}]{{11,}}[{_X}]?|[{_DIGIT}](?:[{_JOINTS}]*[{_DIGIT}]){{14,}}[{_X}]?"


def for_python(pattern: str) -> re.Pattern[str]:
    """One of these patterns, compiled; Python writes a code point in another way."""

    def code_point(found: re.Match[str]) -> str:
        return "\\u" + found[1].zfill(4)

    return re.compile(re.sub(r"\\x\{([0-9A-F]+)\}", code_point, pattern))


def narrowed(text: str) -> str:
    """A text with full-width digits and X as plain ones; most texts hold none, and are not gone through twice."""
    return text.translate(_NARROWED) if _IS_WIDE.search(text) else text
